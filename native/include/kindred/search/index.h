// A catalogue of vectors packed once for the score kernels, and exact search in it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kindred/search/similarity.h"

namespace kindred {

// How an index holds its vectors. bf16 and i8 scan codes of 2 bytes or 1 a dimension. An exact index keeps the f32
// vectors beside them: whatever its codes leave possible, by a bound on their error, is scored again in f32, so that
// lists equal those of f32 to the bit. One that is not exact holds the codes alone and lists by their scores.
enum class Dtype { f32, bf16, i8 };

struct IndexKind {
  Metric metric;
  int64_t dims;
  Dtype dtype;
  bool exact;
};

class VectorBlock;

// Immutable, so that any number of threads may search: a change makes another index, which shares all the blocks of
// panels that it does not touch. Rows keep their numbers for good: what is removed leaves a gap that no list names.
// Memory: 4 dims bytes a row, in steps of 64 rows; 2 dims more for bf16 and dims + 4 for i8, or only that if not exact.
class VectorIndex {
 public:
  // Throws ERR_TOO_LARGE for i8 beyond 32,768 dims, where its sums could leave 32 bits.
  VectorIndex(Metric metric, int64_t dims, Dtype dtype = Dtype::f32, bool exact = true);

  // Rows size(), size() + 1, ... appended. For the cosine they are normalised, unless they are so already, as those
  // that vectors() gave. Throws ERR_SHAPE, ERR_VALUE (naming the row) for a number that is not finite, ERR_TOO_LARGE
  // from 2^31 rows on.
  std::shared_ptr<const VectorIndex> with(ConstMatrix items, bool normalized, const AbortFlag* abort) const;

  // The rows [count], in any order, are never listed again; those removed already may come again. Throws ERR_VALUE.
  std::shared_ptr<const VectorIndex> without(const int32_t* rows, int64_t count) const;

  // The lists that top_k gives for all rows with those removed excluded. Throws ERR_SHAPE, ERR_VALUE (naming the row)
  // for a query that is not finite.
  void search(ConstMatrix queries, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) const;

  // out [end - begin, dims]: rows [begin, end) as they are scored; from them the same index can be made again.
  void vectors(int64_t begin, int64_t end, float* out) const;

  int64_t size() const { return size_; }        // rows, the removed ones included
  int64_t removed() const { return removed_; }  // how many of them were removed
  bool has(int64_t row) const;                  // row in [0, size()) and not removed
  int64_t dims() const { return kind_.dims; }
  bool exact() const { return kind_.exact; }
  const IndexKind& kind() const { return kind_; }

  int64_t bytes() const;  // memory held, about; blocks shared with other indexes included

 private:
  IndexKind kind_;
  int64_t size_ = 0;
  int64_t removed_ = 0;
  std::vector<std::shared_ptr<const VectorBlock>> blocks_;  // of kRowsOfBlock rows each, the last of fewer
  std::vector<uint64_t> present_;                           // [panels], bit i: row 64 p + i is there and not removed
};

// Throws ERR_VALUE naming a row that holds a number that is not finite.
void check_finite(ConstMatrix matrix, const char* name, const AbortFlag* abort);

}  // namespace kindred

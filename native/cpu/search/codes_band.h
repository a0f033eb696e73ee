// A band of queries against panels of codes. Scores of codes only say which items may be among the best; those are
// scored again in f32, so that lists equal those of f32 to the bit, unless the index holds codes alone.
#pragma once

#include <array>
#include <limits>

#include "cpu/search/best_list.h"
#include "cpu/search/query_blocks.h"
#include "cpu/search/vector_block.h"

namespace kindred {

class CodesBand {
 public:
  // Rows [begin, end) of the queries. rows[b]: the f32 vectors of block b, for exact codes.
  CodesBand(const MetricRows& queries, int64_t begin, int64_t end, const IndexKind& kind,
            const std::vector<const float*>& rows);

  int64_t size() const { return size_; }

  // Only items whose f32 scores are not <= this matter of query n, in the metric's scale; NaN: all.
  void set_threshold(int64_t n, float score) {
    wanted_[n] = score;
    thresholds_[n] = lowered(n);
  }

  // Sets masks and scores by panel p of the block. The panel `ahead` words further is fetched meanwhile; 0 for none.
  void score(const VectorBlock& block, int64_t p, int64_t ahead);

  uint64_t mask(int64_t n) const { return masks_[n]; }

  void offer(int64_t n, uint64_t items, int64_t first, BestList& list);

  // Scores what offer() left pending.
  void finish(int64_t n, BestList& list);

 private:
  struct Query {
    double norm, error, code_norm;  // |q|, |q - decoded|, |decoded|
  };
  // Items to be scored in f32. The first half is scored when the second is full: its rows have come from memory by
  // then.
  struct Pending {
    static constexpr int kHalf = 8;
    int count = 0;
    std::array<int32_t, 2 * kHalf> items;
  };

  float lowered(int64_t n) const;
  void rescore(int64_t n, int count, BestList& list);  // the first `count`, at most kHalf
  const float* row(int32_t item) const { return rows_[item / kRowsOfBlock] + item % kRowsOfBlock * kind_.dims; }

  IndexKind kind_;
  const std::vector<const float*>& rows_;
  int64_t size_, units_;
  std::vector<float> vectors_;     // [size, dims]: the queries, in f32
  std::vector<uint32_t> packed_;   // [size, units]: their codes, as query_blocks.h cuts them
  std::vector<Query> queries_;     // [size]
  std::vector<float> scales_;      // [size] of int8
  std::vector<int32_t> starts_;    // [size] of int8
  std::vector<float> wanted_;      // [size]: thresholds in the metric's scale
  std::vector<float> thresholds_;  // [size]: what the scores of codes must exceed
  std::vector<uint64_t> masks_;    // [size]
  std::vector<float> scores_;      // [size][kPanel], where masks are set
  std::vector<Pending> pending_;   // [size]
  CodeBounds bounds_;              // of the block scored last
  const VectorBlock* block_ = nullptr;
};

}  // namespace kindred

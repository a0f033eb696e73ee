#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cpu/evaluate/check_lengths.h"
#include "cpu/evaluate/each_eligible.h"
#include "cpu/evaluate/list_cuts.h"
#include "cpu/runtime/scratch.h"
#include "cpu/search/best_list.h"
#include "cpu/search/panel_search.h"
#include "cpu/sparse/checked_rows.h"
#include "kindred/evaluate/lists.h"
#include "kindred/runtime/poll.h"

namespace kindred {

std::vector<double> inverse_lengths(const ItemVectors& vectors, const AbortFlag* abort) {
  std::vector<double> out(vectors.rows());
  parallel_for(vectors.rows(), 256, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      poll(vectors.entries(i));
      double squares = 0;
      if (vectors.dense) {
        const float* row = vectors.dense->row(i);
        for (int64_t d = 0; d < vectors.cols(); ++d) squares += static_cast<double>(row[d]) * row[d];
      } else {
        const CsrView& csr = *vectors.sparse;
        for (int32_t n = csr.indptr[i]; n < csr.indptr[i + 1]; ++n) {
          const double value = csr.values ? csr.values[n] : 1;
          squares += value * value;
        }
      }
      out[i] = squares == 0 ? 0 : 1 / std::sqrt(squares);
    }
  });
  return out;
}

namespace {

constexpr int64_t kQueriesPerChunk = 32;

// The sum of unit vectors, and of how many.
class UnitSum {
 public:
  UnitSum(const ItemVectors& vectors, const double* inverse)
      : vectors_(vectors), inverse_(inverse), sum_(vectors.cols(), 0.0), is_touched_(vectors.dense ? 0 : sum_.size()) {}

  void add(int64_t item) {
    const double scale = inverse_[item];
    if (scale == 0) return;
    ++count_;
    if (vectors_.dense) {
      const float* row = vectors_.dense->row(item);
      for (size_t d = 0; d < sum_.size(); ++d) sum_[d] += scale * row[d];
      return;
    }
    CheckedRows(*vectors_.sparse).each(item, [&](int32_t d, float value) {
      if (!is_touched_[d]) touched_.push_back(d);
      is_touched_[d] = 1;
      sum_[d] += scale * value;
    });
  }

  double dot(const UnitSum& other) const {
    double out = 0;
    if (vectors_.dense)
      for (size_t d = 0; d < sum_.size(); ++d) out += sum_[d] * other.sum_[d];
    else
      for (const int32_t d : touched_) out += sum_[d] * other.sum_[d];
    return out;
  }

  // The sum of the cosines of all pairs.
  double pairs() const { return (dot(*this) - static_cast<double>(count_)) / 2; }

  void clear() {
    if (vectors_.dense) std::fill(sum_.begin(), sum_.end(), 0.0);
    for (const int32_t d : touched_) sum_[d] = is_touched_[d] = 0;
    touched_.clear();
    count_ = 0;
  }

 private:
  const ItemVectors& vectors_;
  const double* inverse_;
  std::vector<double> sum_;       // [dims]
  std::vector<char> is_touched_;  // [dims] of sparse vectors
  std::vector<int32_t> touched_;
  int64_t count_ = 0;
};

// What one thread needs.
struct Pairs {
  UnitSum sure, tied;
  std::vector<Scored> listed;  // by the longest list, or by chance
};

}  // namespace

void pair_similarities(ConstMatrix scores, const ItemFilter& filter, const int32_t* lengths, int64_t length_count,
                       const ItemVectors& vectors, const double* inverse, double* similarities,
                       const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  check_lengths(lengths, length_count);
  if (vectors.rows() != scores.cols)
    fail_shape("vectors: expected " + std::to_string(scores.cols) + " rows but received " +
               std::to_string(vectors.rows()) + ".");
  if (length_count == 0) return;
  Scratch<Pairs> scratch([&] {
    return std::make_unique<Pairs>(Pairs{UnitSum(vectors, inverse), UnitSum(vectors, inverse), {}});
  });
  parallel_for(scores.rows, kQueriesPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<ListCut> cuts(length_count);
    auto pairs = scratch.take();
    UnitSum &sure = pairs->sure, &tied = pairs->tied;
    std::vector<Scored>& listed = pairs->listed;
    Poll poll(abort);
    for (int64_t q = begin; q < end; ++q) {
      poll(scores.cols);
      find_cuts(scores, q, filter, lengths, length_count, cuts.data());
      float lowest = cuts[0].threshold;
      for (const ListCut& cut : cuts) lowest = std::min(lowest, cut.threshold);
      listed.clear();
      each_eligible(scores, q, filter, 0, panel_count(scores.cols), [&](int64_t item, float score) {
        if (score >= lowest) listed.push_back({score, static_cast<int32_t>(item)});
      });
      for (int64_t n = 0; n < length_count; ++n) {
        const auto [threshold, places, count] = cuts[n];
        sure.clear();
        tied.clear();
        for (const auto [score, item] : listed) {
          poll(vectors.entries(item));
          if (score > threshold || (score == threshold && places == count))
            sure.add(item);
          else if (score == threshold)
            tied.add(item);
        }
        double sum = sure.pairs();
        if (places < count) {
          const double one = static_cast<double>(places) / static_cast<double>(count);
          const double two = one * static_cast<double>(places - 1) / static_cast<double>(count - 1);
          sum += one * tied.dot(sure) + two * tied.pairs();
        }
        similarities[q * length_count + n] = sum;
      }
    }
    scratch.give_back(std::move(pairs));
  });
}

}  // namespace kindred

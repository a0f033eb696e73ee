// What the two ways to neighbour lists share: the similarity, and the lists.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "cpu/search/best_list.h"
#include "kindred/neighbors/knn.h"
#include "kindred/runtime/poll.h"

namespace kindred {

using NeighborLists = std::vector<std::vector<Scored>>;  // [rows], each by row

class RowSimilarity {
 public:
  // Values of null count as 1. Jaccard takes patterns only.
  RowSimilarity(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort)
      : shrinkage_(options.shrinkage), jaccard_(options.similarity == KnnSimilarity::jaccard), sizes_(rows.rows) {
    Poll poll(abort);
    for (int64_t r = 0; r < rows.rows; ++r) {
      poll(rows.indptr[r + 1] - rows.indptr[r] + 1);
      const int32_t first = rows.indptr[r], last = rows.indptr[r + 1];
      if (rows.values) {
        for (int32_t n = first; n < last; ++n)
          sizes_[r] += static_cast<double>(rows.values[n]) * static_cast<double>(rows.values[n]);
      } else {
        sizes_[r] = last - first;
      }
      if (!jaccard_) sizes_[r] = std::sqrt(sizes_[r]);
    }
  }

  // The same, for rows in another order.
  RowSimilarity in_order(const std::vector<int32_t>& order) const {
    RowSimilarity out = *this;
    for (size_t r = 0; r < order.size(); ++r) out.sizes_[r] = sizes_[order[r]];
    return out;
  }

  bool jaccard() const { return jaccard_; }
  const std::vector<double>& sizes() const { return sizes_; }  // [rows] norms, or counts for Jaccard
  float rough_shrinkage() const { return static_cast<float>(std::min(shrinkage_, 1e30)); }

  float of(int64_t a, int64_t b, double dot) const {
    const double size = jaccard_ ? sizes_[a] + sizes_[b] - dot : sizes_[a] * sizes_[b];
    return static_cast<float>(dot / (size + shrinkage_));
  }

 private:
  double shrinkage_;
  bool jaccard_;
  std::vector<double> sizes_;
};

// The best `neighbors` of a stream of similarities above 0, in any order. As many again wait until they are too many,
// so that a place in the list costs O(1), not a heap's O(log neighbors).
class NeighborList {
 public:
  explicit NeighborList(int64_t neighbors) : neighbors_(neighbors) {}

  void push(Scored scored) { push(key_of(scored)); }

  void push_all(const NeighborList& other) {
    for (const uint64_t key : other.keys_) push(key);
  }

  // A similarity, computed roughly in float or better, that is not above this is certainly not among the best.
  float floor() const {
    const float worst = scored_of(worst_).score;
    return worst > 1e-30f ? worst * (1 - 1e-5f) : 0;
  }

  // The best, by row; the list is empty then.
  std::vector<Scored> take() {
    if (static_cast<int64_t>(keys_.size()) > neighbors_) keep_best();
    std::vector<Scored> best;
    best.reserve(keys_.size());
    for (const uint64_t key : std::exchange(keys_, {})) best.push_back(scored_of(key));
    std::sort(best.begin(), best.end(), [](const Scored& a, const Scored& b) { return a.item < b.item; });
    return best;
  }

 private:
  static constexpr int64_t kWaiting = 32;

  // Floats above 0 are ordered as their bits are; of equal ones the first row is the best.
  static uint64_t key_of(Scored scored) {
    return uint64_t{std::bit_cast<uint32_t>(scored.score)} << 32 | ~static_cast<uint32_t>(scored.item);
  }
  static Scored scored_of(uint64_t key) {
    return {std::bit_cast<float>(static_cast<uint32_t>(key >> 32)), static_cast<int32_t>(~static_cast<uint32_t>(key))};
  }

  void push(uint64_t key) {
    if (key <= worst_) return;
    keys_.push_back(key);
    const int64_t size = static_cast<int64_t>(keys_.size());
    if (size == neighbors_)
      worst_ = *std::min_element(keys_.begin(), keys_.end());
    else if (size >= 2 * neighbors_ + kWaiting)
      keep_best();
  }

  void keep_best() {
    const auto last = keys_.begin() + neighbors_;
    std::nth_element(keys_.begin(), last - 1, keys_.end(), std::greater());
    worst_ = *(last - 1);
    keys_.erase(last, keys_.end());
  }

  int64_t neighbors_;
  uint64_t worst_ = 0;          // of the best, once there are as many as asked for
  std::vector<uint64_t> keys_;  // the best and those that wait
};

// By a sparse product, row by row (knn_sparse_products.cpp).
NeighborLists lists_by_products(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort);

// By counting bits (knn_pattern_counts.cpp), for patterns; counting_pays: whether that takes less time than products,
// and the memory that nearest_rows allows for it.
bool counting_pays(const CsrView& rows, const AbortFlag* abort);
NeighborLists lists_by_counting(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort);

}  // namespace kindred

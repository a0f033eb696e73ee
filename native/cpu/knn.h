// What the two ways to neighbour lists share: the similarity, and the lists.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/best_list.h"
#include "kindred/knn.h"

namespace kindred {

using NeighborLists = std::vector<std::vector<Scored>>;  // [rows], each by row

class RowSimilarity {
 public:
  // Values of null count as 1. Jaccard takes patterns only.
  RowSimilarity(const CsrView& rows, const KnnOptions& options)
      : shrinkage_(options.shrinkage), jaccard_(options.similarity == KnnSimilarity::jaccard), sizes_(rows.rows) {
    for (int64_t r = 0; r < rows.rows; ++r) {
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

// A similarity, computed roughly in float or better, that is not above this is certainly not among the best
// `neighbors`.
inline float floor_of(const BestList& best, int64_t neighbors) {
  if (static_cast<int64_t>(best.entries().size()) < neighbors) return 0;
  const float worst = best.entries().front().score;
  return worst > 1e-30f ? worst * (1 - 1e-5f) : 0;
}

inline std::vector<Scored> by_row(const BestList& best) {
  std::vector<Scored> list = best.entries();
  std::sort(list.begin(), list.end(), [](const Scored& a, const Scored& b) { return a.item < b.item; });
  return list;
}

// By a sparse product, row by row: time O(sum over columns of nonzeros^2), memory O(nonzeros + rows * threads).
NeighborLists lists_by_products(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort);

// By counting bits, for patterns: whether that takes less time than products, and memory in proportion to `rows`.
bool counting_pays(const CsrView& rows);
NeighborLists lists_by_counting(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort);

}  // namespace kindred

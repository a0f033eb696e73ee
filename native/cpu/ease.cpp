#include "kindred/ease.h"

#include <algorithm>
#include <vector>

#include "kindred/error.h"

namespace kindred {

void regularized_gram(const CsrView& by_user, const CsrView& by_item, double regularization, Matrix gram,
                      const AbortFlag* abort) {
  const int64_t items = by_item.rows;
  if (by_user.cols != items || by_user.rows != by_item.cols || gram.rows != items || gram.cols != items)
    fail_shape("regularized_gram: expected the log by user and by item, and a square matrix over the items.");
  parallel_for(items, 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(end);
    for (int64_t i = begin; i < end; ++i) {
      std::fill_n(sums.begin(), i + 1, 0.0);
      for (int32_t n = by_item.indptr[i]; n < by_item.indptr[i + 1]; ++n) {
        const int32_t user = by_item.indices[n], last = by_user.indptr[user + 1];
        const double weight = by_item.values ? by_item.values[n] : 1;
        for (int32_t m = by_user.indptr[user]; m < last && by_user.indices[m] <= i; ++m)
          sums[by_user.indices[m]] += by_user.values ? weight * by_user.values[m] : weight;
      }
      sums[i] += regularization;
      float* row = gram.row(i);
      for (int64_t j = 0; j <= i; ++j) row[j] = static_cast<float>(sums[j]);
      std::fill(row + i + 1, row + items, 0.0f);
    }
  });
}

void ease_weights(Matrix swept, const AbortFlag* abort) {
  constexpr int64_t kTile = 64;
  if (swept.rows != swept.cols) fail_shape("ease_weights: expected a square matrix.");
  const int64_t n = swept.rows;
  std::vector<float> scale(n);  // 1 / P[j][j] = -1 / swept[j][j]
  for (int64_t j = 0; j < n; ++j) scale[j] = -1 / swept.row(j)[j];
  parallel_for(n, kTile, abort, [&](int64_t i0, int64_t i1) {
    for (int64_t j0 = 0; j0 <= i0; j0 += kTile)
      for (int64_t i = i0; i < i1; ++i)
        for (int64_t j = j0; j < std::min(j0 + kTile, i); ++j) {
          const float value = swept.row(i)[j];
          swept.row(i)[j] = value * scale[j];
          swept.row(j)[i] = value * scale[i];
        }
    for (int64_t i = i0; i < i1; ++i) swept.row(i)[i] = 0;
  });
}

}  // namespace kindred

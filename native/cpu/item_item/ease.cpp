#include "kindred/item_item/ease.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kProbeRows = 1024;  // rows of the inverse that one task multiplies with the probe

}  // namespace

void regularized_gram(const CsrView& by_user, const CsrView& by_item, double regularization, Matrix gram,
                      const AbortFlag* abort) {
  const int64_t items = by_item.rows;
  if (by_user.cols != items || by_user.rows != by_item.cols || gram.rows != items || gram.cols != items)
    fail_shape("regularized_gram: expected the log by user and by item, and a square matrix over the items.");
  parallel_for(items, 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(end);
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      std::fill_n(sums.begin(), i + 1, 0.0);
      for (int32_t n = by_item.indptr[i]; n < by_item.indptr[i + 1]; ++n) {
        const int32_t user = by_item.indices[n], last = by_user.indptr[user + 1];
        poll(last - by_user.indptr[user]);
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

double inverse_error(const CsrView& by_user, double regularization, ConstMatrix negated_inverse,
                     const AbortFlag* abort) {
  if (negated_inverse.rows != negated_inverse.cols || negated_inverse.rows != by_user.cols)
    fail_shape("inverse_error: expected a square matrix over the items of the log.");
  const int64_t n = negated_inverse.rows, chunks = (n + kProbeRows - 1) / kProbeRows;
  std::vector<double> v(n), y(n, 0.0), z(n), partial(chunks * n, 0.0);
  for (int64_t i = 0; i < n; ++i) v[i] = (static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15ull >> 40 & 1) != 0 ? 1 : -1;
  parallel_for(n, kProbeRows, abort, [&](int64_t begin, int64_t end) {
    double* const sums = partial.data() + begin / kProbeRows * n;  // chunks add up in order
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      poll(i + 1);
      const float* row = negated_inverse.row(i);
      double sum = row[i] * v[i];
      for (int64_t j = 0; j < i; ++j) {
        sum += row[j] * v[j];
        sums[j] -= row[j] * v[i];
      }
      sums[i] -= sum;
    }
  });
  Poll poll(abort);
  for (int64_t c = 0; c < chunks; ++c, poll(n))
    for (int64_t i = 0; i < n; ++i) y[i] += partial[c * n + i];
  for (int64_t i = 0; i < n; ++i) z[i] = regularization * y[i] - v[i];
  for (int64_t u = 0; u < by_user.rows; ++u) {
    poll(2 * (by_user.indptr[u + 1] - by_user.indptr[u]) + 1);
    double sum = 0;
    const auto weight = [&](int32_t at) { return by_user.values ? static_cast<double>(by_user.values[at]) : 1.0; };
    for (int32_t at = by_user.indptr[u]; at < by_user.indptr[u + 1]; ++at) sum += weight(at) * y[by_user.indices[at]];
    for (int32_t at = by_user.indptr[u]; at < by_user.indptr[u + 1]; ++at) z[by_user.indices[at]] += weight(at) * sum;
  }
  double error = 0;
  for (const double residual : z) error = std::max(error, std::isnan(residual) ? INFINITY : std::fabs(residual));
  return error;
}

void ease_weights(Matrix negated_inverse, const AbortFlag* abort) {
  constexpr int64_t kTile = 64;
  if (negated_inverse.rows != negated_inverse.cols) fail_shape("ease_weights: expected a square matrix.");
  const int64_t n = negated_inverse.rows;
  std::vector<float> scale(n);  // 1 / P[j][j] = -1 / negated_inverse[j][j]
  for (int64_t j = 0; j < n; ++j) scale[j] = -1 / negated_inverse.row(j)[j];
  parallel_for(n, kTile, abort, [&](int64_t i0, int64_t i1) {
    for (int64_t j0 = 0; j0 <= i0; j0 += kTile)
      for (int64_t i = i0; i < i1; ++i)
        for (int64_t j = j0; j < std::min(j0 + kTile, i); ++j) {
          const float value = negated_inverse.row(i)[j];
          negated_inverse.row(i)[j] = value * scale[j];
          negated_inverse.row(j)[i] = value * scale[i];
        }
    for (int64_t i = i0; i < i1; ++i) negated_inverse.row(i)[i] = 0;
  });
}

}  // namespace kindred

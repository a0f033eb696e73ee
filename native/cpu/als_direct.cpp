#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/als_rows.h"
#include "kindred/error.h"
#include "kindred/linear.h"

namespace kindred {

void als_solve_directly(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                        const AlsOptions& options, const int32_t* ids, int64_t count, const AbortFlag* abort) {
  if (count == 0) return;
  constexpr int64_t kGather = 64;  // item rows widened to double at a time
  const Kernels& k = kernels();
  const int64_t f = Y.cols;
  std::vector<double> A(f * f), b(f), rows(kGather * f), scaled(kGather * f);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t u = ids[i];
    const int32_t first = Cui.indptr[u], last = Cui.indptr[u + 1];
    if (aborted(abort)) fail_aborted();
    const double lambda = als_penalty(options, last - first, Cui.cols);
    for (int64_t t = 0; t < f * f; ++t) A[t] = options.unobserved_weight * gram_of_y[t];
    for (int64_t t = 0; t < f; ++t) A[t * f + t] += lambda;
    std::fill(b.begin(), b.end(), 0.0);
    for (int32_t n0 = first; n0 < last; n0 += kGather) {
      const int64_t block = std::min<int64_t>(kGather, last - n0);
      for (int64_t n = 0; n < block; ++n) {
        const float* y = Y.row(Cui.indices[n0 + n]);
        const float weight = Cui.values[n0 + n];
        const double c1 = static_cast<double>(options.alpha) * std::fabs(weight);
        for (int64_t t = 0; t < f; ++t) {
          rows[n * f + t] = y[t];
          scaled[n * f + t] = c1 * y[t];
        }
        if (weight > 0) k.axpy_f64(options.unobserved_weight + c1, rows.data() + n * f, b.data(), f);
      }
      k.transposed_product({scaled.data(), f}, f, {rows.data(), f}, f, block, true, A.data(), f);
    }
    if (const int64_t row = cholesky_factor(A.data(), f, abort); row >= 0)
      throw Error("ERR_NOT_POSITIVE_DEFINITE", "the normal equations of row " + std::to_string(u) +
                                                   " are not positive definite. Increase the regularization "
                                                   "parameter.");
    cholesky_solve(A.data(), f, b.data(), 1);
    std::copy(b.begin(), b.end(), X.row(u));
  }
}

}  // namespace kindred

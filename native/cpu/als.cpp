#include "kindred/als.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/kernels.h"
#include "kindred/error.h"
#include "kindred/linear.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 16;

void check_shapes(const CsrView& Cui, ConstMatrix X, ConstMatrix Y) {
  if (X.rows != Cui.rows || Y.rows != Cui.cols || X.cols != Y.cols)
    fail_shape("expected factors [" + std::to_string(Cui.rows) + ", f] and [" + std::to_string(Cui.cols) +
               ", f] but received [" + std::to_string(X.rows) + ", " + std::to_string(X.cols) + "] and [" +
               std::to_string(Y.rows) + ", " + std::to_string(Y.cols) + "].");
  if (X.stride != X.cols || Y.stride != Y.cols) fail_shape("expected contiguous factor rows.");
}

// Confidence minus one, and preference, of a stored weight.
double extra_confidence(float weight, float alpha) { return static_cast<double>(alpha) * std::fabs(weight); }
double preference(float weight) { return weight > 0 ? 1.0 : 0.0; }

void conjugate_gradient_rows(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& A, Matrix X,
                             const AlsOptions& options, const AbortFlag* abort) {
  const Kernels& k = kernels();
  const int64_t f = Y.cols;
  const std::vector<float> YtY(A.begin(), A.end());
  parallel_for(Cui.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(3 * f);
    for (int64_t u = begin; u < end; ++u) {
      const int32_t first = Cui.indptr[u], count = Cui.indptr[u + 1] - first;
      if (count == 0) {
        std::fill_n(X.row(u), f, 0.0f);
        continue;
      }
      if (aborted(abort)) fail_aborted();
      k.als_cg_row(YtY.data(), Y.data, f, Cui.indices + first, Cui.values + first, count, options.alpha,
                   options.cg_steps, X.row(u), scratch.data());
    }
  });
}

// (YtY + Y'(C - I)Y + regularization I) x = Y'Cp, formed in double.
void cholesky_rows(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& YtY, Matrix X,
                   const AlsOptions& options, const AbortFlag* abort) {
  const Kernels& k = kernels();
  const int64_t f = Y.cols;
  parallel_for(Cui.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    constexpr int64_t kGather = 64;  // item rows widened to double at a time
    std::vector<double> A(f * f), b(f), rows(kGather * f), scaled(kGather * f);
    for (int64_t u = begin; u < end; ++u) {
      const int32_t first = Cui.indptr[u], last = Cui.indptr[u + 1];
      if (first == last) {
        std::fill_n(X.row(u), f, 0.0f);
        continue;
      }
      if (aborted(abort)) fail_aborted();
      std::copy(YtY.begin(), YtY.end(), A.begin());
      std::fill(b.begin(), b.end(), 0.0);
      for (int32_t n0 = first; n0 < last; n0 += kGather) {
        const int64_t count = std::min<int64_t>(kGather, last - n0);
        for (int64_t n = 0; n < count; ++n) {
          const float* y = Y.row(Cui.indices[n0 + n]);
          const float weight = Cui.values[n0 + n];
          const double c1 = extra_confidence(weight, options.alpha);
          for (int64_t t = 0; t < f; ++t) {
            rows[n * f + t] = y[t];
            scaled[n * f + t] = c1 * y[t];
          }
          k.axpy_f64((1 + c1) * preference(weight), rows.data() + n * f, b.data(), f);
        }
        k.transposed_product({scaled.data(), f}, f, {rows.data(), f}, f, count, true, A.data(), f);
      }
      if (const int64_t row = cholesky_factor(A.data(), f, abort); row >= 0)
        throw Error("ERR_NOT_POSITIVE_DEFINITE", "the normal equations of row " + std::to_string(u) +
                                                     " are not positive definite. Increase the regularization "
                                                     "parameter.");
      cholesky_solve(A.data(), f, b.data(), 1);
      std::copy(b.begin(), b.end(), X.row(u));
    }
  });
}

}  // namespace

void als_half_sweep(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                    const AlsOptions& options, const AbortFlag* abort) {
  check_shapes(Cui, X, Y);
  const int64_t f = Y.cols;
  if (static_cast<int64_t>(gram_of_y.size()) != f * f) fail_shape("expected a Gram matrix of [factors, factors].");
  std::vector<double> A = gram_of_y;
  for (int64_t i = 0; i < f; ++i) A[i * f + i] += options.regularization;
  if (options.solver == AlsSolver::cholesky)
    cholesky_rows(Cui, Y, A, X, options, abort);
  else
    conjugate_gradient_rows(Cui, Y, A, X, options, abort);
}

double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options, const AbortFlag* abort) {
  check_shapes(Cui, X, Y);
  const Kernels& k = kernels();
  const int64_t f = X.cols;
  const std::vector<double> XtX = gram(X, abort), YtY = gram(Y, abort);
  // Over all pairs the loss is sum (x.y)^2 = <X'X, Y'Y>; the stored ones then exchange s^2 for c (p - s)^2.
  double total = 0;
  for (int64_t i = 0; i < f * f; ++i) total += XtX[i] * YtY[i];
  for (int64_t i = 0; i < f; ++i) total += options.regularization * (XtX[i * f + i] + YtY[i * f + i]);
  std::vector<double> per_row(Cui.rows, 0.0);
  parallel_for(Cui.rows, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t u = begin; u < end; ++u)
      for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) {
        const double s = k.dot(X.row(u), Y.row(Cui.indices[n]), f);
        const double c = 1 + extra_confidence(Cui.values[n], options.alpha), p = preference(Cui.values[n]);
        per_row[u] += c * (p - s) * (p - s) - s * s;
      }
  });
  for (double row : per_row) total += row;
  return total;
}

}  // namespace kindred

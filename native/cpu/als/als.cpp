#include "kindred/als/als.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/als/als_cg.h"
#include "cpu/als/als_exact.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

void check_shapes(const CsrView& Cui, ConstMatrix X, ConstMatrix Y) {
  if (X.rows != Cui.rows || Y.rows != Cui.cols || X.cols != Y.cols)
    fail_shape("expected factors [" + std::to_string(Cui.rows) + ", f] and [" + std::to_string(Cui.cols) +
               ", f] but received [" + std::to_string(X.rows) + ", " + std::to_string(X.cols) + "] and [" +
               std::to_string(Y.rows) + ", " + std::to_string(Y.cols) + "].");
  if (X.stride != X.cols || Y.stride != Y.cols) fail_shape("expected contiguous factor rows.");
}

// Whether the coordinates that the rows share cost more than they save: for a row or a few, as when users are folded
// in.
bool few(const CsrView& Cui, int64_t factors) {
  return Cui.nonzeros() + Cui.rows * factors / 3 < Cui.cols + 10 * factors;
}

// p - prior . y for each stored weight, 0 for one of 0: what the prior leaves to explain.
std::vector<float> rest_of(const CsrView& Cui, ConstMatrix Y, ConstMatrix prior, const AbortFlag* abort) {
  const Kernels& k = kernels();
  std::vector<float> rest(Cui.nonzeros());
  parallel_for(Cui.rows, 64, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t u = begin; u < end; ++u)
      for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) {
        poll(Y.cols);
        if (Cui.values[n] != 0)
          rest[n] = als_target(Cui, nullptr, n) - k.dot(prior.row(u), Y.row(Cui.indices[n]), Y.cols);
      }
  });
  return rest;
}

// X += sign * other
void add_rows(Matrix X, float sign, ConstMatrix other, const AbortFlag* abort) {
  parallel_for(X.rows, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t u = begin; u < end; ++u) kernels().axpy(sign, other.row(u), X.row(u), X.cols);
  });
}

void solve_rows(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                const AlsOptions& options, const float* targets, const AbortFlag* abort) {
  const int64_t f = Y.cols;
  if (options.solver == AlsSolver::cholesky && few(Cui, f))
    return als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
      als_solve_directly(Cui, Y, gram_of_y, X, options, targets, ids, count, abort);
    });
  const bool compact = options.solver == AlsSolver::conjugate_gradient;
  const AlsBasis basis(Y, gram_of_y, options, compact, abort);
  if (compact)
    als_conjugate_gradient(Cui, basis, X, options, targets, abort);
  else
    als_exact(Cui, Y, gram_of_y, basis, X, options, targets, abort);
}

}  // namespace

void als_half_sweep(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                    const AlsOptions& options, const AbortFlag* abort, const ConstMatrix* prior) {
  check_shapes(Cui, X, Y);
  const int64_t f = Y.cols;
  if (f < 1) fail_shape("expected at least one factor.");
  if (options.solver == AlsSolver::block && options.block_size < 1)
    fail_value("blockSize: expected at least 1 but received " + std::to_string(options.block_size) + ".");
  if (static_cast<int64_t>(gram_of_y.size()) != f * f) fail_shape("expected a Gram matrix of [factors, factors].");
  for (const double value : gram_of_y)
    if (!std::isfinite(value))
      fail_value(
          "the factors left the range of 32-bit floats. Lower alpha or the weights, or increase the regularization "
          "parameter.");
  if (!prior) return solve_rows(Cui, Y, gram_of_y, X, options, nullptr, abort);
  if (prior->rows != X.rows || prior->cols != f) fail_shape("expected a prior of the shape of the factors.");
  // With x = prior + x', x' solves the plain systems for what the prior leaves.
  const std::vector<float> rest = rest_of(Cui, Y, *prior, abort);
  add_rows(X, -1, *prior, abort);
  solve_rows(Cui, Y, gram_of_y, X, options, rest.data(), abort);
  add_rows(X, 1, *prior, abort);
}

double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options, const AbortFlag* abort) {
  check_shapes(Cui, X, Y);
  const Kernels& k = kernels();
  const int64_t f = X.cols;
  const double w0 = options.unobserved_weight;
  const std::vector<double> XtX = gram(X, abort), YtY = gram(Y, abort);
  // Over all pairs the loss is sum w0 (x.y)^2 = w0 <X'X, Y'Y>; the stored ones then exchange w0 s^2 for c (p - s)^2.
  double total = 0;
  for (int64_t i = 0; i < f * f; ++i) total += w0 * XtX[i] * YtY[i];
  std::vector<double> per_row(Cui.rows, 0.0);
  parallel_for(Cui.rows, 64, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t u = begin; u < end; ++u) {
      const double count = static_cast<double>(Cui.indptr[u + 1] - Cui.indptr[u]);
      per_row[u] = als_penalty(options, static_cast<int64_t>(count), Cui.cols) * k.dot(X.row(u), X.row(u), f);
      for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) {
        poll(f);
        const double s = k.dot(X.row(u), Y.row(Cui.indices[n]), f);
        const double c = w0 + static_cast<double>(options.alpha) * std::fabs(Cui.values[n]);
        const double p = Cui.values[n] > 0 ? 1.0 : 0.0;
        per_row[u] += c * (p - s) * (p - s) - w0 * s * s;
      }
    }
  });
  for (double row : per_row) total += row;
  std::vector<int64_t> of_column(Cui.cols, 0);
  in_steps(Cui.nonzeros(), abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++of_column[Cui.indices[n]];
  });
  Poll poll(abort);
  for (int64_t i = 0; i < Cui.cols; ++i, poll(f))
    total += als_penalty(options, of_column[i], Cui.rows) * k.dot(Y.row(i), Y.row(i), f);
  return total;
}

}  // namespace kindred

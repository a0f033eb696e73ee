#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/als/als_rows.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {

namespace {

// A row's matrix, factored, and its right-hand side.
class DirectRow {
 public:
  DirectRow(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsOptions& options,
            const float* targets)
      : Cui_(Cui),
        Y_(Y),
        gram_(gram_of_y),
        options_(options),
        targets_(targets),
        f_(Y.cols),
        A_(f_ * f_),
        b_(f_),
        rows_(kGather * f_),
        scaled_(kGather * f_) {}

  double confidence(int32_t n) const {
    return options_.unobserved_weight + static_cast<double>(options_.alpha) * std::fabs(Cui_.values[n]);
  }
  std::vector<double>& b() { return b_; }

  void set(int64_t u, const AbortFlag* abort) {
    const Kernels& k = kernels();
    const int32_t first = Cui_.indptr[u], last = Cui_.indptr[u + 1];
    const double lambda = als_penalty(options_, last - first, Cui_.cols);
    for (int64_t t = 0; t < f_ * f_; ++t) A_[t] = options_.unobserved_weight * gram_[t];
    for (int64_t t = 0; t < f_; ++t) A_[t * f_ + t] += lambda;
    std::fill(b_.begin(), b_.end(), 0.0);
    for (int32_t n0 = first; n0 < last; n0 += kGather) {
      if (aborted(abort)) fail_aborted();
      const int64_t block = std::min<int64_t>(kGather, last - n0);
      for (int64_t n = 0; n < block; ++n) {
        const float* y = Y_.row(Cui_.indices[n0 + n]);
        const double c = confidence(static_cast<int32_t>(n0 + n));
        for (int64_t t = 0; t < f_; ++t) {
          rows_[n * f_ + t] = y[t];
          scaled_[n * f_ + t] = (c - options_.unobserved_weight) * y[t];
        }
        if (const float target = als_target(Cui_, targets_, n0 + n); target != 0)
          k.axpy_f64(c * target, rows_.data() + n * f_, b_.data(), f_);
      }
      k.transposed_product({scaled_.data(), f_}, f_, {rows_.data(), f_}, f_, block, true, A_.data(), f_);
    }
    if (cholesky_factor(A_.data(), f_, abort) >= 0)
      throw Error("ERR_NOT_POSITIVE_DEFINITE", "the normal equations of row " + std::to_string(u) +
                                                   " are not positive definite. Increase the regularization "
                                                   "parameter.");
  }
  void solve(double* x) const { cholesky_solve(A_.data(), f_, x, 1); }

 private:
  static constexpr int64_t kGather = 64;  // item rows widened to double at a time

  const CsrView& Cui_;
  ConstMatrix Y_;
  const std::vector<double>& gram_;
  const AlsOptions& options_;
  const float* const targets_;
  const int64_t f_;
  std::vector<double> A_, b_, rows_, scaled_;
};

}  // namespace

void als_solve_directly(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                        const AlsOptions& options, const float* targets, const int32_t* ids, int64_t count,
                        const AbortFlag* abort) {
  if (count == 0) return;
  DirectRow row(Cui, Y, gram_of_y, options, targets);
  for (int64_t i = 0; i < count; ++i) {
    if (aborted(abort)) fail_aborted();
    row.set(ids[i], abort);
    row.solve(row.b().data());
    std::copy(row.b().begin(), row.b().end(), X.row(ids[i]));
  }
}

std::vector<double> als_contributions(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y,
                                      int64_t item, const AlsOptions& options, const AbortFlag* abort) {
  const int64_t f = Y.cols;
  if (Cui.rows != 1 || Cui.cols != Y.rows || item < 0 || item >= Y.rows ||
      static_cast<int64_t>(gram_of_y.size()) != f * f)
    fail_shape("expected one row of weights, and factors and a Gram matrix that fit it.");
  DirectRow row(Cui, Y, gram_of_y, options, nullptr);
  row.set(0, abort);
  std::vector<double> z(Y.row(item), Y.row(item) + f), out(Cui.nonzeros(), 0.0);
  row.solve(z.data());
  Poll poll(abort);
  for (int32_t n = 0; n < static_cast<int32_t>(out.size()); ++n, poll(f))
    if (Cui.values[n] > 0)
      for (int64_t t = 0; t < f; ++t) out[n] += row.confidence(n) * z[t] * Y.row(Cui.indices[n])[t];
  return out;
}

}  // namespace kindred

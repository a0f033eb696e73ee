#include "kindred/linalg/normal_equations.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// Rows are taken in blocks of kBlock, whose sums are added up in order: the same bits for any number of threads. The
// number of blocks in flight bounds the memory.
constexpr int64_t kBlock = 1024;
constexpr int64_t kInFlight = 16;
constexpr int64_t kPad = 8;  // rows a power of two apart would share the few ways of one cache set

// out [x.cols, y.cols] = X' diag(weights) Y; where both are the same, of rows less `shift` unless it is null
std::vector<double> weighted_product(ConstMatrix x, ConstMatrix y, bool same, const float* weights,
                                     const AbortFlag* abort, const double* shift = nullptr) {
  const int64_t m = x.cols, n = y.cols, blocks = (x.rows + kBlock - 1) / kBlock;
  std::vector<double> out(m * n, 0.0);
  std::vector<std::vector<double>> partial(std::min(blocks, kInFlight));
  for (int64_t first = 0; first < blocks; first += kInFlight) {
    const int64_t count = std::min(kInFlight, blocks - first);
    parallel_for(count, 1, abort, [&](int64_t b, int64_t) {
      const int64_t begin = (first + b) * kBlock, end = std::min(begin + kBlock, x.rows);
      constexpr int64_t kRows = 64;  // rows widened to double at a time
      const int64_t p_stride = m + kPad, q_stride = n + kPad;
      std::vector<double> p(kRows * p_stride), q(kRows * q_stride);
      partial[b].assign(m * n, 0.0);
      for (int64_t r0 = begin; r0 < end; r0 += kRows) {
        if (aborted(abort)) fail_aborted();
        const int64_t rows = std::min(kRows, end - r0);
        for (int64_t r = 0; r < rows; ++r) {
          const double weight = weights ? weights[r0 + r] : 1.0;
          for (int64_t c = 0; c < m; ++c) p[r * p_stride + c] = weight * x.row(r0 + r)[c];
          for (int64_t c = 0; c < n; ++c) q[r * q_stride + c] = y.row(r0 + r)[c];
          if (!shift) continue;
          for (int64_t c = 0; c < m; ++c) p[r * p_stride + c] = q[r * q_stride + c] -= shift[c];
        }
        kernels().transposed_product({p.data(), p_stride}, m, {q.data(), q_stride}, n, rows, same, partial[b].data(),
                                     n);
      }
    });
    for (int64_t b = 0; b < count; ++b)
      for (int64_t i = 0; i < m * n; ++i) out[i] += partial[b][i];
  }
  if (same)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < i; ++j) out[j * n + i] = out[i * n + j];
  return out;
}

// Sum over rows of weights[r] * x[r], in double.
std::vector<double> weighted_sum(ConstMatrix x, const float* weights, const AbortFlag* abort) {
  std::vector<double> out(x.cols, 0.0);
  Poll poll(abort);
  for (int64_t r = 0; r < x.rows; ++r, poll(x.cols))
    for (int64_t c = 0; c < x.cols; ++c) out[c] += (weights ? weights[r] : 1.0) * x.row(r)[c];
  return out;
}

double total_weight(const float* weights, int64_t rows, const AbortFlag* abort) {
  if (!weights) return static_cast<double>(rows);
  double total = 0;
  Poll poll(abort);
  for (int64_t r = 0; r < rows; ++r) {
    poll();
    if (!(weights[r] >= 0))
      fail_value("weights: expected non-negative numbers but received " + std::to_string(weights[r]) + " for row " +
                 std::to_string(r) + ".");
    total += weights[r];
  }
  return total;
}

}  // namespace

std::vector<double> gram(ConstMatrix x, const AbortFlag* abort) { return weighted_product(x, x, true, nullptr, abort); }

std::vector<double> centred_gram(ConstMatrix x, const double* mean, const AbortFlag* abort) {
  return weighted_product(x, x, true, nullptr, abort, mean);
}

std::vector<double> cross_gram(ConstMatrix x, ConstMatrix y, const AbortFlag* abort) {
  if (x.rows != y.rows)
    fail_shape("expected the same number of rows but received " + std::to_string(x.rows) + " and " +
               std::to_string(y.rows) + ".");
  return weighted_product(x, y, false, nullptr, abort);
}

Ridge ridge(ConstMatrix x, ConstMatrix y, const float* row_weights, double regularization, const AbortFlag* abort) {
  if (x.rows != y.rows)
    fail_shape("expected the same number of rows but received " + std::to_string(x.rows) + " and " +
               std::to_string(y.rows) + ".");
  const int64_t m = x.cols, n = y.cols;
  const double total = total_weight(row_weights, x.rows, abort);
  if (!(total > 0)) fail_value("ridge: expected at least one row of positive weight but received none.");

  // Centred normal equations: (X'WX - total mx mx' + regularization I) B = X'WY - total mx my'.
  std::vector<double> mean_x = weighted_sum(x, row_weights, abort), mean_y = weighted_sum(y, row_weights, abort);
  for (double& v : mean_x) v /= total;
  for (double& v : mean_y) v /= total;
  std::vector<double> a = weighted_product(x, x, true, row_weights, abort);
  const std::vector<double> xy = weighted_product(x, y, false, row_weights, abort);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) a[i * m + j] -= total * mean_x[i] * mean_x[j];
    a[i * m + i] += regularization;
  }
  std::vector<double> solution(n * m);  // one right-hand side a row
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) solution[j * m + i] = xy[i * n + j] - total * mean_x[i] * mean_y[j];

  if (const int64_t row = cholesky_factor(a.data(), m, abort); row >= 0)
    throw Error("ERR_NOT_POSITIVE_DEFINITE", "ridge: the system is not positive definite at column " +
                                                 std::to_string(row) + ". Increase the regularization parameter.");
  parallel_for(n, 8, abort, [&](int64_t begin, int64_t end) {
    cholesky_solve(a.data(), m, solution.data() + begin * m, end - begin, abort);
  });

  Ridge out{std::vector<float>(m * n), std::vector<float>(n)};
  for (int64_t j = 0; j < n; ++j) {
    double intercept = mean_y[j];
    for (int64_t i = 0; i < m; ++i) {
      intercept -= mean_x[i] * solution[j * m + i];
      out.weights[i * n + j] = static_cast<float>(solution[j * m + i]);
    }
    out.intercept[j] = static_cast<float>(intercept);
  }
  return out;
}

}  // namespace kindred

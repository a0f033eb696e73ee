#include "kindred/linalg/gaussian_kernel.h"

#include <cmath>
#include <string>

#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/search/similarity.h"

namespace kindred {
namespace {

constexpr int64_t kWorkOfExp = 4;

}  // namespace

void gaussian_kernel(ConstMatrix a, ConstMatrix b, double gamma, float* out, const AbortFlag* abort) {
  if (!(gamma >= 0)) fail_value("gamma: expected a non-negative number but received " + std::to_string(gamma) + ".");
  similarity_matrix(a, b, Metric::euclidean, out, abort);
  parallel_for(a.rows, 16, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t i = begin * b.rows; i < end * b.rows; ++i, poll(kWorkOfExp))
      out[i] = static_cast<float>(std::exp(-gamma * out[i] * out[i]));
  });
}

std::vector<float> kernel_ridge(ConstMatrix x, ConstMatrix y, double gamma, double regularization,
                                const AbortFlag* abort) {
  if (x.rows != y.rows)
    fail_shape("expected the same number of rows but received " + std::to_string(x.rows) + " and " +
               std::to_string(y.rows) + ".");
  const int64_t n = x.rows;
  std::vector<double> K(n * n);
  {
    std::vector<float> rounded(n * n);
    gaussian_kernel(x, x, gamma, rounded.data(), abort);
    in_steps(n * n, abort, [&](int64_t begin, int64_t end) {
      std::copy(rounded.begin() + begin, rounded.begin() + end, K.begin() + begin);
    });
  }
  for (int64_t i = 0; i < n; ++i) K[i * n + i] += regularization;
  if (const int64_t row = cholesky_factor(K.data(), n, abort); row >= 0)
    throw Error("ERR_NOT_POSITIVE_DEFINITE", "kernel ridge: the system is not positive definite at row " +
                                                 std::to_string(row) + ". Increase the regularization parameter.");
  std::vector<double> dual(y.cols * n);
  Poll poll(abort);
  for (int64_t r = 0; r < n; ++r, poll(y.cols))
    for (int64_t c = 0; c < y.cols; ++c) dual[c * n + r] = y.row(r)[c];
  parallel_for(y.cols, 1, abort, [&](int64_t begin, int64_t end) {
    cholesky_solve(K.data(), n, dual.data() + begin * n, end - begin, abort);
  });
  return {dual.begin(), dual.end()};
}

}  // namespace kindred

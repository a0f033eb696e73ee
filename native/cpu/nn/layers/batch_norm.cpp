#include <cmath>
#include <string>
#include <vector>

#include "kindred/nn/layers/norm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred::nn {
namespace {

constexpr int64_t kCols = 32;  // columns at a time

// sums[c] = sum over the rows of f(row, c) in double, for the columns [begin, end)
template <class Of>
std::vector<double> sums_of(ConstMatrix x, int64_t begin, int64_t end, Poll& poll, const Of& of) {
  std::vector<double> sums(end - begin, 0.0);
  for (int64_t r = 0; r < x.rows; ++r) {
    poll(end - begin);
    for (int64_t c = begin; c < end; ++c) sums[c - begin] += of(r, c);
  }
  return sums;
}

}  // namespace

void batch_norm(ConstMatrix x, const float* gamma, const float* beta, float epsilon, Matrix y, float* mean, float* rstd,
                float* unbiased, const AbortFlag* abort) {
  if (x.rows < 2)
    fail_shape("batch_norm: expected at least two rows to normalise over but received " + std::to_string(x.rows) + ".");
  const auto rows = static_cast<double>(x.rows);
  parallel_for(x.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    auto means = sums_of(x, begin, end, poll, [&](int64_t r, int64_t c) { return double(x.row(r)[c]); });
    for (double& value : means) value /= rows;
    const auto squares = sums_of(x, begin, end, poll, [&](int64_t r, int64_t c) {
      const double difference = x.row(r)[c] - means[c - begin];
      return difference * difference;
    });
    for (int64_t c = begin; c < end; ++c) {
      mean[c] = static_cast<float>(means[c - begin]);
      rstd[c] = static_cast<float>(1 / std::sqrt(squares[c - begin] / rows + epsilon));
      unbiased[c] = static_cast<float>(squares[c - begin] / (rows - 1));
    }
    for (int64_t r = 0; r < x.rows; ++r) {
      poll(end - begin);
      for (int64_t c = begin; c < end; ++c) y.row(r)[c] = (x.row(r)[c] - mean[c]) * rstd[c] * gamma[c] + beta[c];
    }
  });
}

void batch_norm_gradient(ConstMatrix x, const float* gamma, const float* mean, const float* rstd, ConstMatrix dy,
                         Matrix dx, float* dgamma, float* dbeta, const AbortFlag* abort) {
  // With z the normalised column: dx = gamma rstd (dy - mean dy - z mean(dy z)).
  const float share = 1.0f / static_cast<float>(x.rows);
  parallel_for(x.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    const auto z = [&](int64_t r, int64_t c) { return (x.row(r)[c] - mean[c]) * rstd[c]; };
    const auto of_z =
        sums_of(x, begin, end, poll, [&](int64_t r, int64_t c) { return double(dy.row(r)[c]) * z(r, c); });
    const auto all = sums_of(x, begin, end, poll, [&](int64_t r, int64_t c) { return double(dy.row(r)[c]); });
    for (int64_t c = begin; c < end; ++c) {
      dgamma[c] = static_cast<float>(of_z[c - begin]);
      dbeta[c] = static_cast<float>(all[c - begin]);
    }
    for (int64_t r = 0; r < x.rows; ++r) {
      poll(end - begin);
      for (int64_t c = begin; c < end; ++c)
        dx.row(r)[c] = gamma[c] * rstd[c] * (dy.row(r)[c] - share * (dbeta[c] + z(r, c) * dgamma[c]));
    }
  });
}

}  // namespace kindred::nn

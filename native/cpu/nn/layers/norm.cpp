#include "kindred/nn/layers/norm.h"

#include <algorithm>
#include <vector>

#include "cpu/runtime/kernel_table.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 32;

}  // namespace

void layer_norm(ConstMatrix x, const float* gamma, const float* beta, float epsilon, Matrix y, float* mean, float* rstd,
                const AbortFlag* abort) {
  parallel_for(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      kernels().nn.layer_norm(x.row(r), gamma, beta, x.cols, epsilon, y.row(r), mean + r, rstd + r);
  });
}

void layer_norm_gradient(ConstMatrix x, const float* gamma, const float* mean, const float* rstd, ConstMatrix dy,
                         Matrix dx, float* dgamma, float* dbeta, const AbortFlag* abort) {
  const int64_t dims = x.cols, blocks = (x.rows + kRows - 1) / kRows;
  // Each block of rows has sums of its own, added in order afterwards.
  std::vector<float> partial(blocks * 2 * dims, 0.0f);
  parallel_for(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    float* const of_gamma = partial.data() + begin / kRows * 2 * dims;
    for (int64_t r = begin; r < end; ++r)
      kernels().nn.layer_norm_gradient(x.row(r), gamma, mean[r], rstd[r], dy.row(r), dims, dx.row(r), of_gamma,
                                       of_gamma + dims);
  });
  std::fill_n(dgamma, dims, 0.0f);
  std::fill_n(dbeta, dims, 0.0f);
  for (int64_t b = 0; b < blocks; ++b) {
    kernels().axpy(1.0f, partial.data() + b * 2 * dims, dgamma, dims);
    kernels().axpy(1.0f, partial.data() + (b * 2 + 1) * dims, dbeta, dims);
  }
}

void rms_norm(ConstMatrix x, const float* gamma, float epsilon, Matrix y, float* rstd, const AbortFlag* abort) {
  parallel_for(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) kernels().nn.rms_norm(x.row(r), gamma, x.cols, epsilon, y.row(r), rstd + r);
  });
}

void rms_norm_gradient(ConstMatrix x, const float* gamma, const float* rstd, ConstMatrix dy, Matrix dx, float* dgamma,
                       const AbortFlag* abort) {
  const int64_t dims = x.cols, blocks = (x.rows + kRows - 1) / kRows;
  std::vector<float> partial(blocks * dims, 0.0f);
  parallel_for(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      kernels().nn.rms_norm_gradient(x.row(r), gamma, rstd[r], dy.row(r), dims, dx.row(r),
                                     partial.data() + begin / kRows * dims);
  });
  std::fill_n(dgamma, dims, 0.0f);
  for (int64_t b = 0; b < blocks; ++b) kernels().axpy(1.0f, partial.data() + b * dims, dgamma, dims);
}

}  // namespace kindred::nn

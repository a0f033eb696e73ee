#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/nn/block_sums.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/losses/large_softmax.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 16;
constexpr int64_t kCols = 64;

// What is added to the product of states and weights.
float offset_of(const SampledSoftmax& of, int64_t i) {
  return (of.bias ? of.bias[i] : 0.0f) - (of.log_q ? of.log_q[i] : 0.0f);
}

ConstMatrix samples_of(const SampledSoftmax& of) {
  return {of.w.row(of.x.rows), of.w.rows - of.x.rows, of.w.cols, of.w.stride};
}

}  // namespace

float sampled_softmax(const SampledSoftmax& of, Matrix p, float* own, GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t rows = of.x.rows, dims = of.x.cols;
  if (rows == 0) return 0;
  // Logits less that of the own class, which is then 0.
  parallel_for(rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      own[r] = kernels().dot(of.x.row(r), of.w.row(r), dims) + offset_of(of, r);
      for (int64_t s = 0; s < p.cols; ++s) p.row(r)[s] = offset_of(of, rows + s) - own[r];
    }
  });
  gemm(1, of.x, Strided(samples_of(of)).transposed(), p, GemmRegion::full, abort, &scratch);
  const double total = sum_of_blocks(rows, kRows, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t r = begin; r < end; ++r) {
      int64_t others = 0;
      for (int64_t s = 0; s < p.cols; ++s)
        if (of.ids[rows + s] == of.ids[r])
          p.row(r)[s] = -INFINITY;
        else
          ++others;
      if (others == 0) {
        std::fill_n(p.row(r), p.cols, 0.0f);
        own[r] = 0 * own[r];  // 0, or NaN
        sum += own[r];
        continue;
      }
      const double log_sum = kernels().nn.softmax(p.row(r), p.cols, p.row(r));
      const double loss = std::max(log_sum, 0.0) + std::log1p(std::exp(-std::fabs(log_sum)));
      kernels().scale(static_cast<float>(std::exp(log_sum - loss)), p.row(r), p.cols);
      own[r] = static_cast<float>(std::expm1(-loss));
      sum += loss;
    }
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(rows));
}

void sampled_softmax_gradient(const SampledSoftmax& of, ConstMatrix p, const float* own, float dloss, Matrix dx,
                              Matrix dw, float* dbias, GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t rows = of.x.rows, dims = of.x.cols;
  if (rows == 0) {
    std::fill_n(dw.data, dw.rows * dims, 0.0f);
    std::fill_n(dbias, dw.rows, 0.0f);
    return;
  }
  const float factor = dloss / static_cast<float>(rows);
  parallel_for(rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      dbias[r] = factor * own[r];
      for (int64_t d = 0; d < dims; ++d) {
        dx.row(r)[d] = dbias[r] * of.w.row(r)[d];
        dw.row(r)[d] = dbias[r] * of.x.row(r)[d];
      }
    }
  });
  gemm(factor, p, samples_of(of), dx, GemmRegion::full, abort, &scratch);
  const Matrix of_samples{dw.row(rows), p.cols, dims};
  std::fill_n(of_samples.data, p.cols * dims, 0.0f);
  gemm(factor, Strided(p).transposed(), of.x, of_samples, GemmRegion::full, abort, &scratch);
  std::fill_n(dbias + rows, p.cols, 0.0f);
  parallel_for(p.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; ++r) kernels().axpy(factor, p.row(r) + begin, dbias + rows + begin, end - begin);
  });
}

}  // namespace kindred::nn

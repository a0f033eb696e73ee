#include "kindred/nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/runtime/kernel_table.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 14;  // a multiple of every vector
constexpr int64_t kPiece = 1024;     // summed in float

// Sums of squares in float where they are far from its ends.
double squares_of(const float* x, int64_t n) {
  const float squares = kernels().dot(x, x, n);
  if (squares > 1e-30f && squares < 1e30f) return squares;
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += double(x[i]) * x[i];
  return total;
}

AdamWStep constants(const AdamW& s) {
  const double step = static_cast<double>(s.step);
  return {.rate = static_cast<float>(s.rate / (1 - std::pow(static_cast<double>(s.beta1), step))),
          .beta1 = s.beta1,
          .beta2 = s.beta2,
          .square_scale = static_cast<float>(1 / (1 - std::pow(static_cast<double>(s.beta2), step))),
          .epsilon = s.epsilon,
          .keep = 1 - s.rate * s.decay,
          .scale = s.scale};
}

}  // namespace

double sum_of_squares(const float* x, int64_t n, const AbortFlag* abort) {
  std::vector<double> sums((n + kBlock - 1) / kBlock, 0.0);
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kPiece) sums[begin / kBlock] += squares_of(x + i, std::min(kPiece, end - i));
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

void adamw(const AdamW& step, const float* gradient, int64_t n, float* weights, float* mean, float* square,
           const AbortFlag* abort) {
  const AdamWStep s = constants(step);
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.adamw(s, gradient + begin, end - begin, weights + begin, mean + begin, square + begin);
  });
}

void adamw_rows(const AdamW& step, const int32_t* rows, ConstMatrix sums, Matrix weights, Matrix mean, Matrix square,
                const AbortFlag* abort) {
  const AdamWStep s = constants(step);
  parallel_for(sums.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      if (rows[i] >= 0)
        kernels().nn.adamw(s, sums.row(i), sums.cols, weights.row(rows[i]), mean.row(rows[i]), square.row(rows[i]));
  });
}

}  // namespace kindred::nn

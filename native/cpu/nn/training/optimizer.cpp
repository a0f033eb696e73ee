#include "kindred/nn/training/optimizer.h"

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

UpdateStep constants(const OptimizerStep& s) {
  const bool adam = s.rule == UpdateRule::adam || s.rule == UpdateRule::adamw, decoupled = s.rule == UpdateRule::adamw;
  const auto correction = [&](float beta) {
    return adam ? 1 - std::pow(static_cast<double>(beta), static_cast<double>(s.step)) : 1.0;
  };
  return {.rule = static_cast<int>(s.rule),
          .rate = static_cast<float>(s.rate / correction(s.beta1)),
          .scale = s.scale,
          .decay = decoupled ? 0.0f : s.decay,
          .keep = decoupled ? 1 - s.rate * s.decay : 1.0f,
          .beta1 = s.beta1,
          .beta2 = s.beta2,
          .square_scale = static_cast<float>(1 / correction(s.beta2)),
          .epsilon = s.epsilon,
          .l1 = s.l1};
}

// Of what may be absent.
float* at(float* numbers, int64_t i) { return numbers ? numbers + i : nullptr; }

float* row_of(Matrix numbers, int64_t row) { return numbers.data ? numbers.row(row) : nullptr; }

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

int kept_numbers(UpdateRule rule) {
  switch (rule) {
    case UpdateRule::sgd:
      return 0;
    case UpdateRule::momentum:
    case UpdateRule::nesterov:
    case UpdateRule::adagrad:
      return 1;
    default:
      return 2;
  }
}

void update(const OptimizerStep& step, const float* gradient, int64_t n, float* weights, float* first, float* second,
            const AbortFlag* abort) {
  const UpdateStep s = constants(step);
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.update(s, gradient + begin, end - begin, weights + begin, at(first, begin), at(second, begin));
  });
}

void update_rows(const OptimizerStep& step, const int32_t* rows, ConstMatrix sums, Matrix weights, Matrix first,
                 Matrix second, const AbortFlag* abort) {
  const UpdateStep s = constants(step);
  parallel_for(sums.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      if (rows[i] >= 0)
        kernels().nn.update(s, sums.row(i), sums.cols, weights.row(rows[i]), row_of(first, rows[i]),
                            row_of(second, rows[i]));
  });
}

void blend(float keep, float share, const float* x, int64_t n, float* y, const AbortFlag* abort) {
  parallel_for(n, kBlock, abort,
               [&](int64_t begin, int64_t end) { kernels().nn.blend(keep, share, x + begin, end - begin, y + begin); });
}

void blend_rows(float keep, float share, const int32_t* rows, ConstMatrix x, Matrix y, const AbortFlag* abort) {
  parallel_for(x.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      if (rows[i] >= 0) kernels().nn.blend(keep, share, x.row(i), x.cols, y.row(rows[i]));
  });
}

}  // namespace kindred::nn

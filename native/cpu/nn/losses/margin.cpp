#include "kindred/nn/losses/margin.h"

#include <algorithm>
#include <cmath>

#include "cpu/nn/block_sums.h"
#include "cpu/nn/losses/row_weights.h"

namespace kindred::nn {
namespace {

constexpr int64_t kNumbers = 4096;
constexpr int64_t kRows = 16;

struct Slope {
  double loss, slope;
};

Slope at(const MarginLoss& of, int64_t i) {
  const double x = of.x[i];
  const bool positive = !of.signs || of.signs[i] > 0;
  if (of.kind == Margin::cosine && positive) return {1 - x, -1};
  const double sign = of.kind == Margin::hinge && positive ? -1 : 1;
  const double excess = of.kind == Margin::hinge ? of.margin + sign * x : x - of.margin;
  if (std::isnan(excess)) return {excess, excess};
  return excess > 0 ? Slope{excess, sign} : Slope{0, 0};
}

Slope at(NumberLoss kind, double x, double target) {
  if (kind == NumberLoss::squared_error) return {(x - target) * (x - target), 2 * (x - target)};
  return {std::max(x, 0.0) - x * target + std::log1p(std::exp(-std::fabs(x))), 1 / (1 + std::exp(-x)) - target};
}

}  // namespace

float margin_loss(const MarginLoss& of, const AbortFlag* abort) {
  if (of.n == 0) return 0;
  const double total = sum_of_blocks(of.n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += at(of, i).loss;
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(of.n));
}

void margin_loss_gradient(const MarginLoss& of, float dloss, float* dx, const AbortFlag* abort) {
  const double factor = dloss / static_cast<double>(std::max<int64_t>(of.n, 1));
  parallel_for(of.n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) dx[i] = static_cast<float>(factor * at(of, i).slope);
  });
}

float weighted_loss(const WeightedLoss& of, const AbortFlag* abort) {
  const double count = total_weight(of.weights, of.x.rows) * static_cast<double>(of.x.cols);
  if (count == 0) return 0;
  const double total = sum_of_blocks(of.x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; of.weights[r] != 0 && c < of.x.cols; ++c)
        sum += of.weights[r] * at(of.kind, of.x.row(r)[c], of.targets.row(r)[c]).loss;
    return sum;
  });
  return static_cast<float>(total / count);
}

void weighted_loss_gradient(const WeightedLoss& of, float dloss, Matrix dx, const AbortFlag* abort) {
  const double count = total_weight(of.weights, of.x.rows) * static_cast<double>(of.x.cols);
  parallel_for(of.x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < of.x.cols; ++c)
        dx.row(r)[c] = of.weights[r] == 0 ? 0.0f
                                          : static_cast<float>(dloss * (of.weights[r] / count) *
                                                               at(of.kind, of.x.row(r)[c], of.targets.row(r)[c]).slope);
  });
}

}  // namespace kindred::nn

#include "reference/nn/losses/soft_loss.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

// ln softmax(x / temperature) of a row
Doubles log_softmax(const Table& x, int64_t r, double temperature) {
  double largest = -INFINITY, sum = 0;
  for (int64_t c = 0; c < x.cols; ++c) largest = std::max(largest, x.at(r, c) / temperature);
  for (int64_t c = 0; c < x.cols; ++c) sum += std::exp(x.at(r, c) / temperature - largest);
  Doubles out(x.cols);
  for (int64_t c = 0; c < x.cols; ++c) out[c] = x.at(r, c) / temperature - largest - std::log(sum);
  return out;
}

double weight(const Doubles& weights, int64_t r) { return weights.empty() ? 1 : weights[r]; }

double total(const Doubles& weights, int64_t rows) {
  double sum = 0;
  for (int64_t r = 0; r < rows; ++r) sum += weight(weights, r);
  return sum;
}

SoftTargets soft_of(const Table& logits, const SmoothLabels& with) {
  SoftTargets soft{Table(logits.rows, logits.cols), Doubles(logits.rows, 0.0), 1, false};
  for (int64_t r = 0; r < logits.rows; ++r) {
    if (with.labels[r] < 0) continue;
    soft.weights[r] = weight(with.weights, r);
    for (int64_t c = 0; c < logits.cols; ++c)
      soft.targets.at(r, c) =
          with.smoothing / static_cast<double>(logits.cols) + (c == with.labels[r] ? 1 - with.smoothing : 0);
  }
  return soft;
}

}  // namespace

double soft_cross_entropy(const Table& logits, const SoftTargets& with) {
  double sum = 0;
  for (int64_t r = 0; r < logits.rows; ++r) {
    const Doubles logs = log_softmax(logits, r, with.temperature);
    for (int64_t c = 0; c < logits.cols; ++c) {
      const double t = with.targets.at(r, c);
      sum += weight(with.weights, r) * t * ((with.relative && t > 0 ? std::log(t) : 0) - logs[c]);
    }
  }
  const double count = total(with.weights, logits.rows);
  return count == 0 ? 0 : sum / count;
}

Table soft_cross_entropy_gradient(const Table& logits, const SoftTargets& with, double dloss) {
  Table out(logits.rows, logits.cols);
  const double count = total(with.weights, logits.rows);
  for (int64_t r = 0; count > 0 && r < logits.rows; ++r) {
    const Doubles logs = log_softmax(logits, r, with.temperature);
    double mass = 0;
    for (int64_t c = 0; c < logits.cols; ++c) mass += with.targets.at(r, c);
    for (int64_t c = 0; c < logits.cols; ++c)
      out.at(r, c) = dloss * weight(with.weights, r) * (mass * std::exp(logs[c]) - with.targets.at(r, c)) /
                     with.temperature / count;
  }
  return out;
}

double smooth_cross_entropy(const Table& logits, const SmoothLabels& with) {
  return soft_cross_entropy(logits, soft_of(logits, with));
}

Table smooth_cross_entropy_gradient(const Table& logits, const SmoothLabels& with, double dloss) {
  return soft_cross_entropy_gradient(logits, soft_of(logits, with), dloss);
}

}  // namespace kindred::reference

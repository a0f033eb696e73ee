#include "reference/nn/training/optimizer.h"

#include <cmath>

namespace kindred::reference {
namespace {

uint64_t splitmix(uint64_t state) {
  uint64_t z = state + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Element i of the state by one number of the gradient.
void step_of(const nn::OptimizerStep& s, double gradient, size_t i, OptimizerState& state) {
  using nn::UpdateRule;
  double& v = state.weights[i];
  const double rate = s.rate, decay = s.decay, beta1 = s.beta1, beta2 = s.beta2, t = static_cast<double>(s.step);
  const double scaled = s.scale * gradient, g = scaled + decay * v;
  switch (s.rule) {
    case UpdateRule::sgd:
      v -= rate * g;
      return;
    case UpdateRule::momentum:
    case UpdateRule::nesterov: {
      double& m = state.first[i];
      m = beta1 * m + g;
      v -= rate * (s.rule == UpdateRule::nesterov ? g + beta1 * m : m);
      return;
    }
    case UpdateRule::adagrad:
      state.first[i] += g * g;
      v -= rate * g / (std::sqrt(state.first[i]) + s.epsilon);
      return;
    case UpdateRule::adam:
    case UpdateRule::adamw: {
      const bool decoupled = s.rule == UpdateRule::adamw;
      const double own = decoupled ? scaled : g;
      if (decoupled) v -= rate * decay * v;
      double &mean = state.first[i], &square = state.second[i];
      mean = beta1 * mean + (1 - beta1) * own;
      square = beta2 * square + (1 - beta2) * own * own;
      v -= rate * (mean / (1 - std::pow(beta1, t))) / (std::sqrt(square / (1 - std::pow(beta2, t))) + s.epsilon);
      return;
    }
    case UpdateRule::ftrl: {
      double &z = state.first[i], &n = state.second[i];
      // So that a weight stands as if it were learnt.
      if (n == 0) z = -(beta1 / rate + decay) * v - (v > 0 ? s.l1 : v < 0 ? -s.l1 : 0);
      const double sigma = (std::sqrt(n + scaled * scaled) - std::sqrt(n)) / rate;
      z += scaled - sigma * v;
      n += scaled * scaled;
      const double sign = z < 0 ? -1 : 1;
      v = std::fabs(z) <= s.l1 ? 0 : -(z - sign * s.l1) / ((beta1 + std::sqrt(n)) / rate + decay);
    }
  }
}

}  // namespace

void update(const nn::OptimizerStep& step, const Doubles& gradient, OptimizerState& state) {
  for (size_t i = 0; i < gradient.size(); ++i) step_of(step, gradient[i], i, state);
}

void update_rows(const nn::OptimizerStep& step, const std::vector<int32_t>& rows, const Table& sums,
                 OptimizerState& state) {
  for (int64_t r = 0; r < sums.rows; ++r)
    for (int64_t c = 0; c < sums.cols; ++c)
      if (rows[r] >= 0) step_of(step, sums.at(r, c), rows[r] * sums.cols + c, state);
}

bool dropout_keeps(uint64_t seed, int64_t i, float rate) {
  const uint64_t bits = splitmix(splitmix(seed) + static_cast<uint64_t>(i / 2) * 0x9e3779b97f4a7c15);
  const uint64_t half = i % 2 == 0 ? bits & 0xffffffff : bits >> 32;
  return static_cast<double>(half) * 0x1p-32 >= rate;
}

}  // namespace kindred::reference

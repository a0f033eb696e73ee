#include "reference/nn/optimizer.h"

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
void step_of(const nn::AdamW& s, double gradient, size_t i, AdamWState& state) {
  const double g = s.scale * gradient, beta1 = s.beta1, beta2 = s.beta2, t = static_cast<double>(s.step);
  state.weights[i] -= double(s.rate) * s.decay * state.weights[i];
  state.mean[i] = beta1 * state.mean[i] + (1 - beta1) * g;
  state.square[i] = beta2 * state.square[i] + (1 - beta2) * g * g;
  const double mean = state.mean[i] / (1 - std::pow(beta1, t)), square = state.square[i] / (1 - std::pow(beta2, t));
  state.weights[i] -= s.rate * mean / (std::sqrt(square) + s.epsilon);
}

}  // namespace

void adamw(const nn::AdamW& step, const Doubles& gradient, AdamWState& state) {
  for (size_t i = 0; i < gradient.size(); ++i) step_of(step, gradient[i], i, state);
}

void adamw_rows(const nn::AdamW& step, const std::vector<int32_t>& rows, const Table& sums, AdamWState& state) {
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

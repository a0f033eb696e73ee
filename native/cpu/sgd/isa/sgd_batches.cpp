// Gradients of a batch, row by row, and the steps of its optimizer.
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr float kMean = static_cast<float>(kAdamMeanDecay), kSquare = static_cast<float>(kAdamSquareDecay);
constexpr float kNewMean = static_cast<float>(1 - kAdamMeanDecay),
                kNewSquare = static_cast<float>(1 - kAdamSquareDecay);

KINDRED_INLINE float gradient(const SgdStep& s, float ascent, float v) { return s.scale * (ascent - s.penalty * v); }

}  // namespace

double bpr_user_ascent(const SgdTarget& m, const float* x, const BprSample* samples, const int32_t* places,
                       int64_t count, float* weights, float* ascent) {
  for (int64_t t = 0; t < m.width; t += kFloats) store(ascent + t, vf{});
  double loss = 0;
  for (int64_t n = 0; n < count; ++n) {
    const BprSample& s = samples[places[n]];
    const float *y = m.Y + s.item * m.width, *z = m.Y + s.other * m.width;
    vf sums{};
    for (int64_t t = 0; t < m.width; t += kFloats) sums += load(x + t) * (load(y + t) - load(z + t));
    const float difference = sum(sums) + m.item_bias[s.item] - m.item_bias[s.other];
    const float wrong = 1 / (1 + __builtin_expf(difference));  // sigma(-difference)
    const float far = difference < 0 ? -difference : 0;
    loss += far + __builtin_log1pf(__builtin_expf(difference < 0 ? difference : -difference));
    weights[places[n]] = wrong;
    for (int64_t t = 0; t < m.width; t += kFloats)
      store(ascent + t, load(ascent + t) + wrong * (load(y + t) - load(z + t)));
  }
  return loss;
}

float bpr_item_ascent(const SgdTarget& m, const BprSample* samples, const int32_t* places, int64_t count,
                      const float* weights, float* ascent) {
  for (int64_t t = 0; t < m.width; t += kFloats) store(ascent + t, vf{});
  float total = 0;
  for (int64_t n = 0; n < count; ++n) {
    const int32_t sample = places[n] / 2;
    const float weight = places[n] % 2 ? -weights[sample] : weights[sample];
    const float* x = m.X + samples[sample].user * m.width;
    for (int64_t t = 0; t < m.width; t += kFloats) store(ascent + t, load(ascent + t) + weight * load(x + t));
    total += weight;
  }
  return total;
}

void sgd_step(const SgdStep& s, const float* ascent, float* v, float* mean, float* square, int64_t n) {
  switch (s.optimizer) {
    case Optimizer::sgd:
      for (int64_t t = 0; t < n; ++t) v[t] += s.rate * gradient(s, ascent[t], v[t]);
      return;
    case Optimizer::adagrad:
      for (int64_t t = 0; t < n; ++t) {
        const float g = gradient(s, ascent[t], v[t]);
        square[t] += g * g;
        v[t] += s.rate * g / (__builtin_sqrtf(square[t]) + kAdagradEpsilon);
      }
      return;
    case Optimizer::adam:
      for (int64_t t = 0; t < n; ++t) {
        const float g = gradient(s, ascent[t], v[t]);
        mean[t] = kMean * mean[t] + kNewMean * g;
        square[t] = kSquare * square[t] + kNewSquare * g * g;
        v[t] += s.rate * mean[t] / (s.square_scale * __builtin_sqrtf(square[t]) + kAdamEpsilon);
      }
      return;
  }
}

void sgd_drift(const SgdDrift& d, float* v, float* mean, float* square, int64_t n) {
  for (int64_t t = 0; t < n; ++t) {
    v[t] += d.rate * mean[t] / (d.square_scale * __builtin_sqrtf(square[t]) + kAdamEpsilon);
    mean[t] *= d.mean_decay;
    square[t] *= d.square_decay;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

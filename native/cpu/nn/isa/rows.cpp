// Rows of a network's states: layer normalisation and softmax.
#include "cpu/nn/isa/functions.h"
#include "cpu/nn/isa/softmax.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// The sum over i of f(i, width) in vectors, then in single numbers.
template <class OfVector, class OfNumber>
KINDRED_INLINE float total(int64_t n, const OfVector& vectors, const OfNumber& numbers) {
  vf sums{};
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) sums += vectors(i);
  float out = sum(sums);
  for (; i < n; ++i) out += numbers(i);
  return out;
}

KINDRED_INLINE float root(float x) { return __builtin_sqrtf(x); }

}  // namespace

void nn_layer_norm(const float* x, const float* gamma, const float* beta, int64_t n, float epsilon, float* y,
                   float* mean, float* rstd) {
  const float m = total(
                      n, [&](int64_t i) { return load(x + i); }, [&](int64_t i) { return x[i]; }) /
                  (float)n;
  const auto square = [&](auto v) { return (v - m) * (v - m); };
  const float variance =
      total(
          n, [&](int64_t i) { return square(load(x + i)); }, [&](int64_t i) { return square(x[i]); }) /
      (float)n;
  // A variance beyond the largest float would make every row 0: not a number is what it is.
  const float r = 1.0f / root(variance + epsilon) + 0.0f * variance;
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(y + i, (load(x + i) - m) * r * load(gamma + i) + load(beta + i));
  for (; i < n; ++i) y[i] = (x[i] - m) * r * gamma[i] + beta[i];
  *mean = m;
  *rstd = r;
}

void nn_layer_norm_gradient(const float* x, const float* gamma, float mean, float rstd, const float* dy, int64_t n,
                            float* dx, float* dgamma, float* dbeta) {
  // With z the normalised row and g = gamma dy: dx = rstd (g - mean g - z mean(g z)).
  vf vector_g{}, vector_gz{};
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) {
    const vf z = (load(x + i) - mean) * rstd, d = load(dy + i), g = load(gamma + i) * d;
    vector_g += g;
    vector_gz += g * z;
    store(dgamma + i, load(dgamma + i) + d * z);
    store(dbeta + i, load(dbeta + i) + d);
  }
  float of_g = sum(vector_g), of_gz = sum(vector_gz);
  for (; i < n; ++i) {
    const float z = (x[i] - mean) * rstd, g = gamma[i] * dy[i];
    of_g += g;
    of_gz += g * z;
    dgamma[i] += dy[i] * z;
    dbeta[i] += dy[i];
  }
  of_g /= (float)n;
  of_gz /= (float)n;
  for (i = 0; i + kFloats <= n; i += kFloats) {
    const vf z = (load(x + i) - mean) * rstd;
    store(dx + i, rstd * (load(gamma + i) * load(dy + i) - of_g - z * of_gz));
  }
  for (; i < n; ++i) dx[i] = rstd * (gamma[i] * dy[i] - of_g - (x[i] - mean) * rstd * of_gz);
}

float nn_softmax(const float* x, int64_t n, float* y) { return softmax_of(x, n, y); }

}  // namespace kindred::KINDRED_NAMESPACE

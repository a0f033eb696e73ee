// Rows of a network's states: normalisation and softmax.
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

void nn_rms_norm(const float* x, const float* gamma, int64_t n, float epsilon, float* y, float* rstd) {
  const float square =
      total(
          n, [&](int64_t i) { return load(x + i) * load(x + i); }, [&](int64_t i) { return x[i] * x[i]; }) /
      (float)n;
  // As above: a square beyond the largest float is no number.
  const float r = 1.0f / root(square + epsilon) + 0.0f * square;
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(y + i, load(x + i) * r * load(gamma + i));
  for (; i < n; ++i) y[i] = x[i] * r * gamma[i];
  *rstd = r;
}

void nn_rms_norm_gradient(const float* x, const float* gamma, float rstd, const float* dy, int64_t n, float* dx,
                          float* dgamma) {
  // With z the normalised row and g = gamma dy: dx = rstd (g - z mean(g z)).
  const float mean = total(
                         n, [&](int64_t i) { return load(gamma + i) * load(dy + i) * load(x + i) * rstd; },
                         [&](int64_t i) { return gamma[i] * dy[i] * x[i] * rstd; }) /
                     (float)n;
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) {
    const vf z = load(x + i) * rstd, d = load(dy + i);
    store(dgamma + i, load(dgamma + i) + d * z);
    store(dx + i, rstd * (load(gamma + i) * d - z * mean));
  }
  for (; i < n; ++i) {
    const float z = x[i] * rstd;
    dgamma[i] += dy[i] * z;
    dx[i] = rstd * (gamma[i] * dy[i] - z * mean);
  }
}

void nn_softmax_gradient(const float* y, const float* dy, int64_t n, float* dx) {
  const float mean = dot(y, dy, n);
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(dx + i, load(y + i) * (load(dy + i) - mean));
  for (; i < n; ++i) dx[i] = y[i] * (dy[i] - mean);
}

void nn_log_softmax_gradient(const float* y, const float* dy, int64_t n, float* dx) {
  const float all = total(
      n, [&](int64_t i) { return load(dy + i); }, [&](int64_t i) { return dy[i]; });
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(dx + i, load(dy + i) - exponential(load(y + i)) * all);
  if (i == n) return;
  float rest[kFloats] = {};
  for (int64_t l = 0; i + l < n; ++l) rest[l] = y[i + l];
  store(rest, exponential(load(rest)));
  for (int64_t l = 0; i + l < n; ++l) dx[i + l] = dy[i + l] - rest[l] * all;
}

float nn_softmax(const float* x, int64_t n, float* y) { return softmax_of(x, n, y); }

}  // namespace kindred::KINDRED_NAMESPACE

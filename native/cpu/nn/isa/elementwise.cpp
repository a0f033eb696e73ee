// Sums, products and functions of single numbers, and turned pairs of them.
#include "cpu/nn/isa/functions.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// The order of kindred::nn::Combination and of kindred::nn::Function.
enum { kAdd, kSubtract, kMultiply, kDivide };
enum { kExponential, kLogarithm, kRoot };

template <int kind, class V>
KINDRED_INLINE V combined(V a, V b) {
  if constexpr (kind == kAdd) return a + b;
  if constexpr (kind == kSubtract) return a - b;
  if constexpr (kind == kMultiply) return a * b;
  if constexpr (kind == kDivide) return a / b;
}

template <int kind>
KINDRED_INLINE void combine_as(const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t n, float* y) {
  const vf every_a = n > 0 ? splat(a[0]) : vf{}, every_b = n > 0 ? splat(b[0]) : vf{};
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats)
    store(y + i, combined<kind>(a_step ? load(a + i) : every_a, b_step ? load(b + i) : every_b));
  for (; i < n; ++i) y[i] = combined<kind>(a[a_step * i], b[b_step * i]);
}

KINDRED_INLINE vf root(vf x) {
  float lanes[kFloats];
  store(lanes, x);
  for (int64_t l = 0; l < kFloats; ++l) lanes[l] = __builtin_sqrtf(lanes[l]);
  return load(lanes);
}

template <int kind>
KINDRED_INLINE vf value(vf x) {
  if constexpr (kind == kExponential) return exponential(x);
  if constexpr (kind == kLogarithm) return logarithm(x);
  if constexpr (kind == kRoot) return root(x);
}

template <int kind>
KINDRED_INLINE void apply_as(const float* x, int64_t n, float* y) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(y + i, value<kind>(load(x + i)));
  if (i == n) return;
  float rest[kFloats] = {};
  for (int64_t l = 0; i + l < n; ++l) rest[l] = x[i + l];
  store(rest, value<kind>(load(rest)));
  for (int64_t l = 0; i + l < n; ++l) y[i + l] = rest[l];
}

}  // namespace

void nn_combine(int kind, const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t n, float* y) {
  if (kind == kAdd) return combine_as<kAdd>(a, a_step, b, b_step, n, y);
  if (kind == kSubtract) return combine_as<kSubtract>(a, a_step, b, b_step, n, y);
  if (kind == kMultiply) return combine_as<kMultiply>(a, a_step, b, b_step, n, y);
  combine_as<kDivide>(a, a_step, b, b_step, n, y);
}

void nn_apply(int kind, const float* x, int64_t n, float* y) {
  if (kind == kExponential) return apply_as<kExponential>(x, n, y);
  if (kind == kLogarithm) return apply_as<kLogarithm>(x, n, y);
  apply_as<kRoot>(x, n, y);
}

void nn_rotate(const float* x, const float* cosines, const float* sines, int64_t half, float* y) {
  int64_t i = 0;
  for (; i + kFloats <= half; i += kFloats) {
    const vf first = load(x + i), second = load(x + half + i), c = load(cosines + i), s = load(sines + i);
    store(y + i, first * c - second * s);
    store(y + half + i, second * c + first * s);
  }
  for (; i < half; ++i) {
    const float first = x[i], second = x[half + i];
    y[i] = first * cosines[i] - second * sines[i];
    y[half + i] = second * cosines[i] + first * sines[i];
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

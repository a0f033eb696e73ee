#include "cpu/nn/isa/functions.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// The order of kindred::nn::Activation.
enum { kRelu, kGelu, kGeluTanh, kTanh, kSigmoid, kSilu };

constexpr float kRootHalf = 0.70710678118654752f;
constexpr float kRootTwoOverPi = 0.79788456080286536f;
constexpr float kCubic = 0.044715f;

// Functions that end in 0 are 0 below this, for infinity times 0 is none.
constexpr float kEnd = -100.0f;
// Beyond this slopes are taken to be those here, where the exponential is still finite.
constexpr float kFar = 87.0f;

template <int kind>
KINDRED_INLINE vf value(vf number) {
  const vf x = kind == kRelu || kind == kTanh || kind == kSigmoid ? number : (number < kEnd ? splat(kEnd) : number);
  if constexpr (kind == kRelu) return x < 0.0f ? vf{} : x;
  if constexpr (kind == kGelu) return 0.5f * x * (1.0f + error_function(x * kRootHalf));
  if constexpr (kind == kGeluTanh)
    return 0.5f * x * (1.0f + hyperbolic_tangent(kRootTwoOverPi * (x + kCubic * x * x * x)));
  if constexpr (kind == kTanh) return hyperbolic_tangent(x);
  if constexpr (kind == kSigmoid) return logistic(x);
  if constexpr (kind == kSilu) return x * logistic(x);
}

template <int kind>
KINDRED_INLINE vf slope(vf number) {
  const vf x = between(number, -kFar, kFar);
  if constexpr (kind == kRelu) return x > 0.0f ? splat(1.0f) : (x <= 0.0f ? vf{} : x);
  if constexpr (kind == kGelu)
    return 0.5f * (1.0f + error_function(x * kRootHalf)) + x * (0.5f * kRootTwoOverPi) * exponential(-0.5f * x * x);
  if constexpr (kind == kGeluTanh) {
    const vf t = hyperbolic_tangent(kRootTwoOverPi * (x + kCubic * x * x * x));
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * (kRootTwoOverPi * (1.0f + 3.0f * kCubic * x * x));
  }
  if constexpr (kind == kTanh) {
    const vf t = hyperbolic_tangent(x);
    return 1.0f - t * t;
  }
  const vf e = exponential(-x), s = 1.0f / (1.0f + e), rest = e * s;  // 1 - s would lose digits
  if constexpr (kind == kSigmoid) return s * rest;
  if constexpr (kind == kSilu) return s * (1.0f + x * rest);
}

// f(vector) over [0, n); the last one is padded with zeros.
template <class Function>
KINDRED_INLINE void over(const float* x, const float* dy, int64_t n, float* out, const Function& f) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(out + i, f(load(x + i), load(dy + i)));
  if (i == n) return;
  float rest[2][kFloats] = {};
  for (int64_t l = 0; i + l < n; ++l) {
    rest[0][l] = x[i + l];
    rest[1][l] = dy[i + l];
  }
  const vf y = f(load(rest[0]), load(rest[1]));
  store(rest[0], y);
  for (int64_t l = 0; i + l < n; ++l) out[i + l] = rest[0][l];
}

template <int kind>
KINDRED_INLINE void activate_as(const float* x, int64_t n, float* y) {
  over(x, x, n, y, [](vf a, vf) { return value<kind>(a); });
}

template <int kind>
KINDRED_INLINE void gradient_as(const float* x, const float* dy, int64_t n, float* dx) {
  over(x, dy, n, dx, [](vf a, vf d) { return slope<kind>(a) * d; });
}

}  // namespace

void nn_activate(int kind, const float* x, int64_t n, float* y) {
  if (kind == kRelu) return activate_as<kRelu>(x, n, y);
  if (kind == kGelu) return activate_as<kGelu>(x, n, y);
  if (kind == kGeluTanh) return activate_as<kGeluTanh>(x, n, y);
  if (kind == kTanh) return activate_as<kTanh>(x, n, y);
  if (kind == kSigmoid) return activate_as<kSigmoid>(x, n, y);
  activate_as<kSilu>(x, n, y);
}

void nn_activation_gradient(int kind, const float* x, const float* dy, int64_t n, float* dx) {
  if (kind == kRelu) return gradient_as<kRelu>(x, dy, n, dx);
  if (kind == kGelu) return gradient_as<kGelu>(x, dy, n, dx);
  if (kind == kGeluTanh) return gradient_as<kGeluTanh>(x, dy, n, dx);
  if (kind == kTanh) return gradient_as<kTanh>(x, dy, n, dx);
  if (kind == kSigmoid) return gradient_as<kSigmoid>(x, dy, n, dx);
  gradient_as<kSilu>(x, dy, n, dx);
}

}  // namespace kindred::KINDRED_NAMESPACE

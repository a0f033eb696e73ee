// Functions of vectors of floats: exp, log, tanh, erf. Measured over all normal floats against double
// (native/test/nn/layers/nn_activation_test.cpp): exp is within 1.5 units in the last place, tanh within 1.3, the
// logistic function within 2, GELU, which adds 1 to erf, within 7.5 of the greater of itself and 1 (5.2 with fused
// operations). Results that would be denormal are 0.
#pragma once

#include "cpu/runtime/isa/simd.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // false alarms of GCC 12 in its own header
#endif
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

KINDRED_INLINE vf splat(float x) { return x - vf{}; }
KINDRED_INLINE vf greatest(vf a, vf b) { return a > b ? a : b; }

// NaN stays NaN.
KINDRED_INLINE vf between(vf x, float low, float high) { return x > high ? splat(high) : (x < low ? splat(low) : x); }

// After Cephes' expf: 2^n times a polynomial over [-ln 2 / 2, ln 2 / 2]. Below -87.33, where floats end or nearly so,
// it is 0, from 88.7229 on infinite; NaN stays NaN.
KINDRED_INLINE vf exponential(vf x) {
  const vf clamped = x > 88.7228f ? splat(88.7228f) : (x < -88.0f ? splat(-88.0f) : x);
  const vf shifted = clamped * 1.44269504088896341f + 12582912.0f;  // 1.5 2^23: the integer stands in the low bits
  const vf n = shifted - 12582912.0f;
  const vf r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const vf y = p * r * r + r + 1.0f;
  // In two steps, for 2^128 is no float.
  const vi whole = __builtin_convertvector(n, vi), half = whole >> 1;
  const vf scaled = y * (vf)((half + 127) << 23) * (vf)((whole - half + 127) << 23);
  return x < -87.33f ? vf{} : (x > 88.7228f ? splat(__builtin_inff()) : scaled);
}

// After Cephes' logf: a polynomial over [sqrt 1/2, sqrt 2] and the exponent times ln 2. -infinite at 0 and below the
// smallest normal number, NaN below 0.
KINDRED_INLINE vf logarithm(vf x) {
  const vi bits = (vi)x;
  vi exponent = ((bits >> 23) & 255) - 126;
  vf m = (vf)((bits & 0x007fffff) | 0x3f000000);  // in [1/2, 1)
  const vi small = m < 0.707106781186547524f;
  exponent += small;  // -1 where it is
  m = (small ? m + m : m) - 1.0f;
  const vf n = __builtin_convertvector(exponent, vf), z = m * m;
  vf p = splat(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const vf y = m + (p * m * z - n * 2.12194440e-4f - 0.5f * z) + n * 0.693359375f;
  const vf ended = x < 1.17549435e-38f ? splat(-__builtin_inff()) : (x > 3.40282347e+38f ? x : y);
  return x < 0.0f || x != x ? splat(__builtin_nanf("")) : ended;
}

// After Cephes' tanhf.
KINDRED_INLINE vf hyperbolic_tangent(vf x) {
  const vf z = x * x;
  vf p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vf small = p * z * x + x;
  const vf size = x < 0.0f ? -x : x;
  const vf large = 1.0f - 2.0f / (exponential(2.0f * size) + 1.0f);
  return size < 0.625f ? small : (x < 0.0f ? -large : large);
}

KINDRED_INLINE vf logistic(vf x) { return 1.0f / (1.0f + exponential(-x)); }

// 1 / x of normal numbers, within a unit in the last place or two: a division of 16 takes as long as thirty products.
KINDRED_INLINE vf reciprocal(vf x) {
#if defined(__AVX512F__)
  const vf y = (vf)_mm512_rcp14_ps((__m512)x);
  return y * (2.0f - x * y);
#else
  return 1.0f / x;
#endif
}

// A rational function over [-4, 4], beyond which it is 1 or -1 in single precision.
KINDRED_INLINE vf error_function(vf value) {
  const vf x = between(value, -4.0f, 4.0f);
  const vf z = x * x;
  vf p = splat(-2.72614225801306e-10f);
  p = p * z + 2.77068142495902e-8f;
  p = p * z - 2.10102402082508e-6f;
  p = p * z - 5.69250639462346e-5f;
  p = p * z - 7.34990630326855e-4f;
  p = p * z - 2.95459980854025e-3f;
  p = p * z - 1.60960333262415e-2f;
  vf q = splat(-1.45660718464996e-5f);
  q = q * z - 2.13374055278905e-4f;
  q = q * z - 1.68282697438203e-3f;
  q = q * z - 7.37332916720468e-3f;
  q = q * z - 1.42647390514189e-2f;
  return value > 4.0f ? splat(1.0f) : (value < -4.0f ? splat(-1.0f) : x * p * reciprocal(q));
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

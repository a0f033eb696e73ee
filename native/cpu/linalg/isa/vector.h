// Level-1 loops shared by the kernel files of one instruction set.
#pragma once

#include "cpu/runtime/isa/simd.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

template <class T, class V, int64_t Lanes>
KINDRED_INLINE T dot_inline(const T* a, const T* b, int64_t n) {
  V s0{}, s1{}, s2{}, s3{};
  int64_t i = 0;
  for (; i + 4 * Lanes <= n; i += 4 * Lanes) {
    s0 += load(a + i) * load(b + i);
    s1 += load(a + i + Lanes) * load(b + i + Lanes);
    s2 += load(a + i + 2 * Lanes) * load(b + i + 2 * Lanes);
    s3 += load(a + i + 3 * Lanes) * load(b + i + 3 * Lanes);
  }
  for (; i + Lanes <= n; i += Lanes) s0 += load(a + i) * load(b + i);
  T total = sum((s0 + s1) + (s2 + s3));
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

template <class T, int64_t Lanes>
KINDRED_INLINE void axpy_inline(T alpha, const T* x, T* y, int64_t n) {
  int64_t i = 0;
  for (; i + Lanes <= n; i += Lanes) store(y + i, load(y + i) + alpha * load(x + i));
  for (; i < n; ++i) y[i] += alpha * x[i];
}

KINDRED_INLINE float dot_f32(const float* a, const float* b, int64_t n) {
  return dot_inline<float, vf, kFloats>(a, b, n);
}
KINDRED_INLINE void axpy_f32(float alpha, const float* x, float* y, int64_t n) {
  axpy_inline<float, kFloats>(alpha, x, y, n);
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

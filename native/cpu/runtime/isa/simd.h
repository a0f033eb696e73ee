// Vectors of the widest kind that the instruction set of this compilation has, in GCC/Clang vector extensions: one
// source serves SSE2, AVX2, AVX-512 and NEON. Kernel files include nothing of the C++ library and keep all helpers in
// an unnamed namespace, so that their objects export no weak symbol: the linker may keep any one copy of a weak
// function, and an AVX-512 copy of something the baseline also uses would crash older machines.
#pragma once

#include <stdint.h>

#if !defined(KINDRED_ISA) || !defined(KINDRED_VECTOR_BYTES)
#error "compiled once per instruction set by native/CMakeLists.txt"
#endif

#define KINDRED_PASTE2(a, b) a##b
#define KINDRED_PASTE(a, b) KINDRED_PASTE2(a, b)
#define KINDRED_NAMESPACE KINDRED_PASTE(isa_, KINDRED_ISA)
#define KINDRED_INLINE inline __attribute__((always_inline))

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kFloats = KINDRED_VECTOR_BYTES / 4;   // lanes of vf
constexpr int64_t kDoubles = KINDRED_VECTOR_BYTES / 8;  // lanes of vd
constexpr bool kManyRegisters = KINDRED_VECTOR_BYTES == 64;
constexpr int64_t kQueryBlock = kManyRegisters ? 12 : 6;  // queries scored at a time: score_panel.h

typedef float vf __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef double vd __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef float vf_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(4), may_alias));
typedef double vd_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(8), may_alias));

KINDRED_INLINE vf load(const float* p) { return *reinterpret_cast<const vf_unaligned*>(p); }
KINDRED_INLINE vd load(const double* p) { return *reinterpret_cast<const vd_unaligned*>(p); }
KINDRED_INLINE void store(float* p, vf v) { *reinterpret_cast<vf_unaligned*>(p) = v; }
KINDRED_INLINE void store(double* p, vd v) { *reinterpret_cast<vd_unaligned*>(p) = v; }

// Lane l is lane from[l] of a and b, one after the other, in vectors of any width; `from` is constant.
template <class Floats, class Lanes>
KINDRED_INLINE Floats shuffle(Floats a, Floats b, Lanes from) {
#if defined(__clang__)
  constexpr int lanes = sizeof(Floats) / sizeof(float);
  Floats out{};
  for (int l = 0; l < lanes; ++l) out[l] = from[l] < lanes ? a[from[l]] : b[from[l] - lanes];
  return out;
#else
  return __builtin_shuffle(a, b, from);
#endif
}

// Pairwise, so that the order of the sum is fixed.
KINDRED_INLINE float sum(vf v) {
  float lanes[kFloats];
  store(lanes, v);
  for (int64_t width = kFloats / 2; width > 0; width /= 2)
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

KINDRED_INLINE double sum(vd v) {
  double lanes[kDoubles];
  store(lanes, v);
  for (int64_t width = kDoubles / 2; width > 0; width /= 2)
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

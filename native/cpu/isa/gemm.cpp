// One register tile of a dense product: all its sums stay in registers while the loop runs over the depth.
#include "cpu/isa/declare.h"

namespace kindred::KINDRED_NAMESPACE {

static constexpr int kRows = kGemmRows, kVectors = kGemmVectors;

// a [depth][kRows], b [depth][kVectors * kFloats], packed.
void gemm_tile(const float* a, const float* b, int64_t depth, float* c, int64_t c_stride, int64_t ahead) {
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) __builtin_prefetch(c + ahead + r * c_stride + v * kFloats, 1, 3);
  vf sums[kRows][kVectors] = {};
  for (int64_t k = 0; k < depth; ++k, a += kRows, b += kVectors * kFloats) {
    vf right[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) right[v] = load(b + v * kFloats);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[r][v] += a[r] * right[v];
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      float* target = c + r * c_stride + v * kFloats;
      store(target, load(target) + sums[r][v]);
    }
}

}  // namespace kindred::KINDRED_NAMESPACE

#include "cpu/runtime/isa/kernel_declarations.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef int8_t vb __attribute__((vector_size(KINDRED_VECTOR_BYTES / 4), aligned(1), may_alias));
typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

constexpr int64_t kAhead = 8;  // rows fetched before they are needed: a vocabulary's table is larger than the caches
constexpr int64_t kLine = 64;

// Intrinsics, as GCC 12 makes a long chain of shuffles of the vector extensions here (and warns falsely of the
// AVX-512 ones that are not masked).
KINDRED_INLINE vf widen(const int8_t* p) {
#if defined(__AVX512F__)
  constexpr __mmask16 kAll = 0xFFFF;
  return _mm512_maskz_cvtepi32_ps(
      kAll, _mm512_maskz_cvtepi8_epi32(kAll, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#elif defined(__AVX2__)
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#else
  return __builtin_convertvector(__builtin_convertvector(*reinterpret_cast<const vb*>(p), vi), vf);
#endif
}

// out[0 .. Width * kFloats) of the sum, held in registers from the first row to the last.
template <int Width>
KINDRED_INLINE void sum_block(const int8_t* rows, const float* scales, int64_t dims, const int32_t* ids, int64_t n,
                              float* out) {
  vf total[Width] = {};
  for (int64_t t = 0; t < n; ++t) {
    if (t + kAhead < n)
      for (int64_t byte = 0; byte < Width * kFloats; byte += kLine)
        __builtin_prefetch(rows + ids[t + kAhead] * dims + byte);
    const int8_t* row = rows + ids[t] * dims;
    const float scale = scales[ids[t]];
    for (int w = 0; w < Width; ++w) total[w] += scale * widen(row + w * kFloats);
  }
  for (int w = 0; w < Width; ++w) store(out + w * kFloats, total[w]);
}

}  // namespace

void sum_rows_i8(const int8_t* rows, const float* scales, int64_t dims, const int32_t* ids, int64_t n, float* out) {
  constexpr int kWide = kManyRegisters ? 16 : 8;
  int64_t d = 0;
  for (; d + kWide * kFloats <= dims; d += kWide * kFloats) sum_block<kWide>(rows + d, scales, dims, ids, n, out + d);
  for (; d + kFloats <= dims; d += kFloats) sum_block<1>(rows + d, scales, dims, ids, n, out + d);
  for (; d < dims; ++d) {
    float total = 0;
    for (int64_t t = 0; t < n; ++t) total += scales[ids[t]] * static_cast<float>(rows[ids[t] * dims + d]);
    out[d] = total;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

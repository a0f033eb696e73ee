// Products of numbers rounded to 8-bit integers, for the sets that have them, by AMX or by vectors: the same bits
// either way, since sums are exact.
#include "cpu/linalg/int8_kernels.h"
#include "cpu/runtime/isa/simd.h"

#if defined(__AVX512VNNI__)
#include "cpu/linalg/isa/words.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kLines = kInt8Lines, kDepth = kInt8Depth;

// The greatest size of n numbers, NaN if any is not finite.
KINDRED_INLINE float greatest_size(const float* x, int64_t n) {
  __m512 most = __m512{}, not_finite = __m512{};
  for (int64_t i = 0; i < n; i += 16) {
    const __m512 value = _mm512_maskz_loadu_ps(first_lanes(n - i), x + i);
    most = _mm512_max_ps(_mm512_abs_ps(value), most);
    not_finite = _mm512_fmadd_ps(value, __m512{}, not_finite);  // 0, or NaN for ever
  }
  return _mm512_reduce_max_ps(most) + _mm512_reduce_add_ps(not_finite);
}

// 64 numbers as bytes.
KINDRED_INLINE __m512i bytes_of(const float* x, int64_t left, float factor) {
  __m512i out = __m512i{};
  const __m512 by = _mm512_set1_ps(factor);
#define KINDRED_QUARTER(q)                                                                                         \
  out = _mm512_inserti32x4(out,                                                                                    \
                           _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(                                               \
                               _mm512_mul_ps(_mm512_maskz_loadu_ps(first_lanes(left - 16 * q), x + 16 * q), by))), \
                           q)
  KINDRED_QUARTER(0);
  KINDRED_QUARTER(1);
  KINDRED_QUARTER(2);
  KINDRED_QUARTER(3);
#undef KINDRED_QUARTER
  return out;
}

// What is left of c once sums of a tile are there: [16] sums of a row to numbers.
KINDRED_INLINE __m512 scaled(__m512i sums, float row_scale, __m512 col_scales, __m512 bias) {
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(_mm512_set1_ps(row_scale), col_scales), bias);
}

#if defined(__AMX_INT8__)

// sums [32][32] of I strips of rows by J of columns
template <int I, int J>
KINDRED_INLINE void sum_tiles(const uint32_t* a, const uint32_t* b, const int32_t*, int64_t steps, Ahead ahead,
                              int32_t* sums) {
  _tile_zero(0);
  if (J > 1) _tile_zero(1);
  if (I > 1) _tile_zero(2);
  if (I > 1 && J > 1) _tile_zero(3);
  const int64_t next = steps * kInt8Words;
  for (int64_t k = 0; k < steps; ++k, a += kInt8Words, b += kInt8Words) {
    ahead.fetch(k, steps);
    _tile_loadd(6, b, 64);
    _tile_stream_loadd(4, a, 64);
    _tile_dpbssd(0, 4, 6);
    if (J > 1) {
      _tile_loadd(7, b + next, 64);
      _tile_dpbssd(1, 4, 7);
    }
    if (I > 1) {
      _tile_stream_loadd(5, a + next, 64);
      _tile_dpbssd(2, 5, 6);
      if (J > 1) _tile_dpbssd(3, 5, 7);
    }
  }
  _tile_stored(0, sums, 128);
  if (J > 1) _tile_stored(1, sums + 16, 128);
  if (I > 1) _tile_stored(2, sums + 16 * 32, 128);
  if (I > 1 && J > 1) _tile_stored(3, sums + 16 * 32 + 16, 128);
}

#else

// The instruction multiplies unsigned by signed bytes: 128 is added to those of a, and what that adds taken away.
template <int I, int J>
KINDRED_INLINE void sum_tiles(const uint32_t* a, const uint32_t* b, const int32_t* b_sums, int64_t steps, Ahead,
                              int32_t* sums) {
  const int64_t next = steps * kInt8Words;
  for (int half = 0; half < 2 * I; ++half) {  // 8 rows x 2 vectors of sums stay in registers
    const uint32_t* const rows = a + half / 2 * next + half % 2 * 8 * 16;
    __m512i own[8][J];
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < J; ++j)
        own[i][j] = _mm512_slli_epi32(_mm512_sub_epi32(__m512i{}, _mm512_loadu_si512(b_sums + 16 * j)), 7);
    for (int64_t k = 0; k < steps; ++k)
      for (int p = 0; p < 16; ++p) {
        __m512i right[J];
        for (int j = 0; j < J; ++j) right[j] = _mm512_load_si512(b + j * next + k * kInt8Words + 16 * p);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          const __m512i left = _mm512_set1_epi32(rows[k * kInt8Words + 16 * i + p] ^ 0x80808080u);
          for (int j = 0; j < J; ++j) own[i][j] = _mm512_dpbusd_epi32(own[i][j], left, right[j]);
        }
      }
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < J; ++j) _mm512_storeu_si512(sums + (8 * half + i) * 32 + 16 * j, own[i][j]);
  }
}

#endif

// Strips [i, i + I) of rows by [j, j + J) of columns.
template <int I, int J>
KINDRED_INLINE void multiply_strips(const Int8Block& block, int64_t i, int64_t j, Ahead ahead) {
  const int64_t strip = block.steps * kInt8Words, row = i * kLines, col = j * kLines;
  const int64_t rows = least(I * kLines, block.rows - row), cols = least(J * kLines, block.cols - col);
  alignas(64) int32_t sums[32 * 32];
  sum_tiles<I, J>(block.a + i * strip, block.b + j * strip, block.b_sums + col, block.steps, ahead, sums);
  asm volatile("" ::: "memory");  // tile stores do not say what they write
  for (int s = 0; s < J; ++s) {
    const __mmask16 lanes = first_lanes(cols - 16 * s);
    const __m512 scales = _mm512_loadu_ps(block.b_scales + col + 16 * s);
    const __m512 bias = _mm512_maskz_loadu_ps(lanes, block.bias + col + 16 * s);
    for (int64_t r = 0; r < rows; ++r)
      _mm512_mask_storeu_ps(block.c + (row + r) * block.stride + col + 16 * s, lanes,
                            scaled(_mm512_load_si512(sums + 32 * r + 16 * s), block.a_scales[row + r], scales, bias));
  }
}

}  // namespace

void int8_pack(const Int8Source& s, bool by_column, uint32_t* out, float* scales, int32_t* sums) {
  const int64_t steps = (s.depth + kDepth - 1) / kDepth;
  for (int64_t strip = 0; strip * kLines < s.lines; ++strip) {
    float factors[16] = {};
    int32_t totals[16] = {};
    for (int64_t l = 0; l < 16; ++l) {
      const int64_t line = strip * kLines + l;
      const float size = line < s.lines ? greatest_size(s.data + line * s.stride, s.depth) : 0.0f;
      scales[line] = size / 127.0f;
      factors[l] = size > 0.0f ? 127.0f / size : 0.0f;
    }
    for (int64_t step = 0; step < steps; ++step) {
      __m512i words[16];
      for (int64_t l = 0; l < 16; ++l) {
        const int64_t line = strip * kLines + l, depth = step * kDepth;
        words[l] = line < s.lines ? bytes_of(s.data + line * s.stride + depth, s.depth - depth, factors[l]) : __m512i{};
        if (sums) totals[l] += _mm512_reduce_add_epi32(_mm512_dpbusd_epi32(__m512i{}, _mm512_set1_epi8(1), words[l]));
      }
      if (by_column) turn(words);
      uint32_t* const tile = out + (strip * steps + step) * kInt8Words;
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) _mm512_store_si512(tile + 16 * i, words[i]);
    }
    if (sums)
      for (int64_t l = 0; l < 16; ++l) sums[strip * kLines + l] = totals[l];
  }
}

void int8_multiply(const Int8Block& block) {
#if defined(__AMX_INT8__)
  const Tiles tiles;
#endif
  over_strips(block.rows, block.cols, block.b, block.steps * kInt8Words,
              [&]<int I, int J>(int64_t i, int64_t j, Ahead ahead) { multiply_strips<I, J>(block, i, j, ahead); });
}

}  // namespace kindred::KINDRED_NAMESPACE
#endif

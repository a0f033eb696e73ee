// Products of numbers rounded to bf16, for the sets that have them: numbers laid out in tiles, and blocks of sums over
// such tiles, by AMX or by vectors.
#include "cpu/linalg/bf16_kernels.h"
#include "cpu/runtime/isa/simd.h"

#if defined(__AVX512BF16__)
#include "cpu/linalg/isa/words.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kLines = kBf16Lines, kDepth = kBf16Depth;

KINDRED_INLINE __m512i rounded(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }

// Memory that comes soon: weights and their gradients lie outside the caches, and nothing guesses such strides.
KINDRED_INLINE void fetch(const float* p) { __builtin_prefetch(p, 0, 3); }

// Words [line][pair] of a tile, of numbers that lie one after the other.
KINDRED_INLINE void rows_along_depth(const Bf16Source& s, int64_t line, int64_t depth, __m512i (&words)[16]) {
  const __mmask16 low = first_lanes(s.depth - depth), high = first_lanes(s.depth - depth - 16);
  const float* const from = s.data + line * s.line_step + depth;
#pragma GCC unroll 16
  for (int l = 0; l < 16; ++l) {
    fetch(from + (l + 16) * s.line_step);  // of the next strip
    fetch(from + (l + 16) * s.line_step + 16);
    words[l] = line + l >= s.lines ? __m512i{}
                                   : rounded(_mm512_maskz_loadu_ps(low, from + l * s.line_step),
                                             _mm512_maskz_loadu_ps(high, from + l * s.line_step + 16));
  }
}

// Words [pair][line] of a tile, of lines that lie side by side.
KINDRED_INLINE void pairs_across_lines(const Bf16Source& s, int64_t line, int64_t depth, __m512i (&words)[16]) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __mmask16 present = first_lanes(s.lines - line);
  const float* const from = s.data + depth * s.depth_step + line;
#pragma GCC unroll 16
  for (int p = 0; p < 16; ++p) {
    const auto row = [&](int64_t k) {
      return depth + k < s.depth ? _mm512_maskz_loadu_ps(present, from + k * s.depth_step) : __m512{};
    };
    fetch(from + (2 * p + 32) * s.depth_step);  // of the next step
    fetch(from + (2 * p + 33) * s.depth_step);
    words[p] = _mm512_permutexvar_epi16(order, rounded(row(2 * p), row(2 * p + 1)));
  }
}

KINDRED_INLINE void pack_tile(const Bf16Source& s, bool by_pair, int64_t line, int64_t depth, uint32_t* out) {
  __m512i words[16];
  const bool along = s.depth_step == 1;
  if (along)
    rows_along_depth(s, line, depth, words);
  else
    pairs_across_lines(s, line, depth, words);
  if (along == by_pair) turn(words);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) _mm512_store_si512(out + 16 * i, words[i]);
}

#if defined(__AMX_BF16__)

// c [16 I, 16 J], overwritten, with the bias of each column
template <int I, int J>
KINDRED_INLINE void sum_tiles(const uint32_t* a, const uint32_t* b, int64_t steps, const float* bias, float* c,
                              int64_t stride, Ahead ahead) {
  asm volatile("" ::: "memory");  // tile loads do not say that they read memory
  if (bias) {
    _tile_loadd(0, bias, 0);  // each row once more
    if (J > 1) _tile_loadd(1, bias + 16, 0);
    if (I > 1) _tile_loadd(2, bias, 0);
    if (I > 1 && J > 1) _tile_loadd(3, bias + 16, 0);
  } else {
    _tile_zero(0);
    if (J > 1) _tile_zero(1);
    if (I > 1) _tile_zero(2);
    if (I > 1 && J > 1) _tile_zero(3);
  }
  const int64_t next = steps * kBf16Words;  // from one strip to the next
  for (int64_t k = 0; k < steps; ++k, a += kBf16Words, b += kBf16Words) {
    for (int64_t n = k * 16 * I / steps; n < (k + 1) * 16 * I / steps; ++n)  // the sums below
      for (int j = 0; j < J; ++j) fetch(c + (16 * I + n) * stride + 16 * j);
    ahead.fetch(k, steps);
    _tile_loadd(6, b, 64);
    _tile_stream_loadd(4, a, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (J > 1) {
      _tile_loadd(7, b + next, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (I > 1) {
      _tile_stream_loadd(5, a + next, 64);
      _tile_dpbf16ps(2, 5, 6);
      if (J > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  const int64_t bytes = stride * 4;
  _tile_stored(0, c, bytes);
  if (J > 1) _tile_stored(1, c + 16, bytes);
  if (I > 1) _tile_stored(2, c + 16 * stride, bytes);
  if (I > 1 && J > 1) _tile_stored(3, c + 16 * stride + 16, bytes);
}

#else

template <int I, int J>
KINDRED_INLINE void sum_tiles(const uint32_t* a, const uint32_t* b, int64_t steps, const float* bias, float* c,
                              int64_t stride, Ahead) {
  const int64_t next = steps * kBf16Words;
  for (int half = 0; half < 2 * I; ++half) {  // 8 rows x 2 vectors of sums stay in registers
    const uint32_t* const rows = a + half / 2 * next + half % 2 * 8 * 16;
    vf sums[8][J];
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < J; ++j) sums[i][j] = bias ? load(bias + 16 * j) : vf{};
    for (int64_t k = 0; k < steps; ++k)
      for (int p = 0; p < 16; ++p) {
        __m512i right[J];
        for (int j = 0; j < J; ++j) right[j] = _mm512_load_si512(b + j * next + k * kBf16Words + 16 * p);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          const __m512i left = _mm512_set1_epi32(rows[k * kBf16Words + 16 * i + p]);
          for (int j = 0; j < J; ++j) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], (__m512bh)left, (__m512bh)right[j]);
        }
      }
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < J; ++j) store(c + (8 * half + i) * stride + 16 * j, sums[i][j]);
  }
}

#endif

// Strips [i, i + I) of rows by [j, j + J) of columns.
template <int I, int J>
KINDRED_INLINE void multiply_strips(const Bf16Block& block, int64_t i, int64_t j, Ahead ahead) {
  const int64_t strip = block.steps * kBf16Words;
  const uint32_t *a = block.a + i * strip, *b = block.b + j * strip;
  const int64_t row = i * kLines, col = j * kLines;
  const int64_t rows = least(I * kLines, block.rows - row), cols = least(J * kLines, block.cols - col);
  float* const c = block.c + row * block.stride + col;
  if (rows == I * kLines && cols == J * kLines) {
    sum_tiles<I, J>(a, b, block.steps, block.bias ? block.bias + col : nullptr, c, block.stride, ahead);
    return;
  }
  alignas(64) float edge[32][32], bias[32] = {};
  if (block.bias)
    for (int64_t s = 0; s < cols; ++s) bias[s] = block.bias[col + s];
  sum_tiles<I, J>(a, b, block.steps, block.bias ? bias : nullptr, edge[0], 32, ahead);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t s = 0; s < cols; ++s) c[r * block.stride + s] = edge[r][s];
}

}  // namespace

void bf16_pack(const Bf16Source& source, bool by_pair, int64_t strip_words, uint32_t* out) {
  const int64_t steps = (source.depth + kDepth - 1) / kDepth, strips = (source.lines + kLines - 1) / kLines;
  const auto pack = [&](int64_t strip, int64_t step) {
    pack_tile(source, by_pair, strip * kLines, step * kDepth, out + strip * strip_words + step * kBf16Words);
  };
  // Along what lies one after the other.
  if (source.depth_step == 1)
    for (int64_t strip = 0; strip < strips; ++strip)
      for (int64_t step = 0; step < steps; ++step) pack(strip, step);
  else
    for (int64_t step = 0; step < steps; ++step)
      for (int64_t strip = 0; strip < strips; ++strip) pack(strip, step);
}

void bf16_multiply(const Bf16Block& block) {
#if defined(__AMX_BF16__)
  const Tiles tiles;
#endif
  over_strips(block.rows, block.cols, block.b, block.steps * kBf16Words,
              [&]<int I, int J>(int64_t i, int64_t j, Ahead ahead) { multiply_strips<I, J>(block, i, j, ahead); });
}

}  // namespace kindred::KINDRED_NAMESPACE
#endif

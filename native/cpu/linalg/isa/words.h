// What products of packed words share: lanes, tiles turned, and the configuration of AMX's tile registers.
#pragma once

#include <immintrin.h>

#include "cpu/runtime/isa/simd.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // false alarms of GCC 12 in its own header
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

KINDRED_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// The first n of 16 lanes.
KINDRED_INLINE __mmask16 first_lanes(int64_t n) {
  return n >= 16 ? 0xffff : static_cast<__mmask16>((1u << (n < 0 ? 0 : n)) - 1);
}

// 16 x 16 words turned: by 1, 2, 4 and 8.
KINDRED_INLINE void turn(__m512i (&w)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(w[i], w[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(w[i], w[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      w[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
      w[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512i a = _mm512_shuffle_i32x4(w[i], w[i + 4], 0x88), b = _mm512_shuffle_i32x4(w[i], w[i + 4], 0xdd);
    const __m512i c = _mm512_shuffle_i32x4(w[i + 8], w[i + 12], 0x88);
    const __m512i d = _mm512_shuffle_i32x4(w[i + 8], w[i + 12], 0xdd);
    t[i] = _mm512_shuffle_i32x4(a, c, 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
    t[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
    t[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) w[i] = t[i];
}

// The two strips of columns that come next: each pair of strips of rows fetches its share of them, for weights lie
// outside the caches.
struct Ahead {
  const uint32_t* words = nullptr;
  int64_t lines = 0;

  Ahead(const uint32_t* b, int64_t strip_words, int64_t i, int64_t down, int64_t j, int64_t across) {
    const int64_t strips = least(2, across - j - 2);
    if (strips <= 0) return;
    const int64_t all = strips * strip_words / 16, pairs = (down + 1) / 2, first = all * (i / 2) / pairs;
    words = b + (j + 2) * strip_words + 16 * first;
    lines = all * (i / 2 + 1) / pairs - first;
  }

  // The share of step k of `steps`, into L2.
  KINDRED_INLINE void fetch(int64_t k, int64_t steps) const {
    for (int64_t n = lines * k / steps; n < lines * (k + 1) / steps; ++n) __builtin_prefetch(words + 16 * n, 0, 2);
  }
};

// Calls multiply.operator()<I, J>(i, j, ahead) for blocks of I strips of rows from i on by J strips of columns from j
// on, two by two but at the edges; a strip of columns is `strip_words` of b.
template <class Multiply>
KINDRED_INLINE void over_strips(int64_t rows, int64_t cols, const uint32_t* b, int64_t strip_words,
                                const Multiply& multiply) {
  const int64_t down = (rows + 15) / 16, across = (cols + 15) / 16;
  for (int64_t j = 0; j < across; j += 2)
    for (int64_t i = 0; i < down; i += 2) {
      const bool two_rows = i + 1 < down, two_cols = j + 1 < across;
      const Ahead ahead(b, strip_words, i, down, j, across);
      if (two_rows && two_cols)
        multiply.template operator()<2, 2>(i, j, ahead);
      else if (two_rows)
        multiply.template operator()<2, 1>(i, j, ahead);
      else if (two_cols)
        multiply.template operator()<1, 2>(i, j, ahead);
      else
        multiply.template operator()<1, 1>(i, j, ahead);
    }
}

#if defined(__AMX_TILE__)

struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr TileConfig kConfig;

// Tiles 0 to 3 sum two strips of rows by two of columns; 4 and 5 are of the rows, 6 and 7 of the columns. Released at
// the end: registers in use make switches between threads dear.
struct Tiles {
  Tiles() { _tile_loadconfig(&kConfig); }
  ~Tiles() { _tile_release(); }
};

#endif

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

// Products of matrices of floats, from the tiles of score_tile.h.
#pragma once

#include "cuda/search/score_tile.h"

namespace kindred::cuda {

// A tile of a b' (a [rows, width], b [cols, width]): body(row, col, product) for each, by its thread.
template <class F>
KINDRED_DEVICE void product_tile(const Block& block, const WordRows& a, int64_t first_row, const WordRows& b,
                                 int64_t first_col, TileMemory& memory, F&& body) {
  using Tile = FloatTile<false>;
  PerThread<Tile::Sums, kTileThreads> sums;
  score_tile<Tile>(block, a, first_row, b, first_col, memory, sums);
  block.each_thread([&](int thread) {
    KINDRED_UNROLL
    for (int n = 0; n < kSums; ++n) {
      const int64_t row = first_row + Tile::query_of(thread, n), col = first_col + Tile::row_of(thread, n);
      if (row < a.count && col < b.count) body(row, col, sums[thread].at[n]);
    }
  });
}

// Element c of row r of from [rows, cols], less mean [cols] unless null, at the same place of to [rows, width]; zeros
// behind each row.
KINDRED_DEVICE void widen_centred(const Warp& warp, const float* from, int64_t cols, const double* mean, float* to,
                                  int64_t width) {
  warp.each(width, [&](int64_t c) {
    const double centre = mean && c < cols ? mean[c] : 0.0;
    to[c] = c < cols ? static_cast<float>(from[c] - centre) : 0.0f;
  });
}

}  // namespace kindred::cuda

#include "kindred/gemm.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/kernels.h"
#include "kindred/error.h"

namespace kindred {
namespace {

constexpr int64_t kDepth = 256;    // a slab of the depth: a packed strip of b (32 KiB at 32 columns) stays in L1
constexpr int64_t kBlock = 384;    // rows and columns of c a task covers: its packed rows of a (384 KiB) stay in L2
constexpr int64_t kStrips = 8;     // strips packed at a time
constexpr int64_t kMaxTile = 512;  // elements of a register tile at most

int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// Strips of `width` rows of m, columns [begin, end): out [rows / width][end - begin][width], zeros past the last row.
void pack(Strided m, float scale, int64_t begin, int64_t end, int64_t width, float* out, const AbortFlag* abort) {
  const int64_t depth = end - begin;
  parallel_for(rounded_up(m.rows, width) / width, kStrips, abort, [&](int64_t first, int64_t last) {
    for (int64_t strip = first; strip < last; ++strip) {
      float* target = out + strip * width * depth;
      const int64_t row = strip * width, rows = std::min(width, m.rows - row);
      if (rows < width) std::fill_n(target, width * depth, 0.0f);
      const float* source = m.data + row * m.row_step + begin * m.col_step;
      if (m.row_step == 1)
        for (int64_t k = 0; k < depth; ++k)
          for (int64_t r = 0; r < rows; ++r) target[k * width + r] = scale * source[k * m.col_step + r];
      else
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t k = 0; k < depth; ++k) target[k * width + r] = scale * source[r * m.row_step + k * m.col_step];
    }
  });
}

// The tiles of c that one task covers: rows [i0, i1) by columns [j0, j1), multiples of the tile save at the end.
struct Block {
  int64_t i0, i1, j0, j1;
};

void multiply_block(const Block& block, const float* a, const float* b, int64_t depth, Matrix c, bool lower) {
  const Kernels& k = kernels();
  const int64_t rows = k.gemm_tile_shape.rows, cols = k.gemm_tile_shape.cols;
  float edge[kMaxTile];
  for (int64_t i = block.i0; i < block.i1; i += rows)
    for (int64_t j = block.j0; j < block.j1; j += cols) {
      const int64_t height = std::min(rows, c.rows - i), width = std::min(cols, c.cols - j);
      if (lower && i + height <= j) break;
      if (height == rows && width == cols) {
        k.gemm_tile(a + i * depth, b + j * depth, depth, c.row(i) + j, c.stride,
                    j + cols < block.j1 ? cols : rows * c.stride + block.j0 - j);
        continue;
      }
      std::fill_n(edge, rows * cols, 0.0f);
      k.gemm_tile(a + i * depth, b + j * depth, depth, edge, cols, 0);
      for (int64_t r = 0; r < height; ++r)
        for (int64_t s = 0; s < width; ++s) c.row(i + r)[j + s] += edge[r * cols + s];
    }
}

}  // namespace

float* GemmScratch::take(int n, int64_t size) {
  if (size > sizes_[n]) {
    floats_[n].reset();
    sizes_[n] = 0;
    floats_[n].reset(new float[size]);
    sizes_[n] = size;
  }
  return floats_[n].get();
}

void gemm(float alpha, Strided a, Strided b, Matrix c, GemmRegion region, const AbortFlag* abort,
          GemmScratch* scratch) {
  if (a.cols != b.rows || c.rows != a.rows || c.cols != b.cols)
    fail_shape("gemm: [" + std::to_string(a.rows) + ", " + std::to_string(a.cols) + "] times [" +
               std::to_string(b.rows) + ", " + std::to_string(b.cols) + "] does not give [" + std::to_string(c.rows) +
               ", " + std::to_string(c.cols) + "].");
  if (c.rows == 0 || c.cols == 0) return;
  const GemmTile tile = kernels().gemm_tile_shape;
  const int64_t depth = std::min(kDepth, a.cols);
  const int64_t down = rounded_up(kBlock, tile.rows), across = rounded_up(kBlock, tile.cols);
  GemmScratch own;
  if (!scratch) scratch = &own;
  float* const packed_a = scratch->take(0, rounded_up(a.rows, tile.rows) * depth);
  float* const packed_b = scratch->take(1, rounded_up(b.cols, tile.cols) * depth);

  std::vector<Block> blocks;
  for (int64_t i = 0; i < c.rows; i += down)
    for (int64_t j = 0; j < c.cols; j += across)
      if (region == GemmRegion::full || j < i + down)
        blocks.push_back({i, std::min(i + down, c.rows), j, std::min(j + across, c.cols)});

  for (int64_t begin = 0; begin < a.cols; begin += kDepth) {
    const int64_t end = std::min(begin + kDepth, a.cols);
    pack(a, alpha, begin, end, tile.rows, packed_a, abort);
    pack(b.transposed(), 1, begin, end, tile.cols, packed_b, abort);
    parallel_for(static_cast<int64_t>(blocks.size()), 1, abort, [&](int64_t first, int64_t last) {
      for (int64_t n = first; n < last; ++n)
        multiply_block(blocks[n], packed_a, packed_b, end - begin, c, region == GemmRegion::lower);
    });
  }
}

}  // namespace kindred

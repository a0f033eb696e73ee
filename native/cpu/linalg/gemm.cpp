#include "kindred/linalg/gemm.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kDepth = 256;    // a slab of the depth: packed strips of a and b (12 and 32 KiB) fit L1
constexpr int64_t kRows = 384;     // rows of c a task covers, whose packed strips of a (384 KiB) stay in L2
constexpr int64_t kCols = 256;     // columns of c a task covers, whose packed strips of b are used one after the other
constexpr int64_t kStrips = 8;     // strips packed at a time
constexpr int64_t kMaxTile = 512;  // elements of a register tile at most

int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// What is left of [0, n) beside the rows skipped, in order; `packed` is where their strips begin, in rows.
struct Piece {
  int64_t begin, end, packed;
};

std::vector<Piece> pieces(int64_t n, GemmSkip skip, int64_t width) {
  if (skip.begin == skip.end) return {{0, n, 0}};
  return {{0, skip.begin, 0}, {skip.end, n, rounded_up(skip.begin, width)}};
}

// Strips [first, last) of `width` rows of a piece of m, columns [begin, begin + depth): out [strip][depth][width],
// zeros past the last row.
void pack_strips(Strided m, const Piece& piece, float scale, int64_t begin, int64_t depth, int64_t width, int64_t first,
                 int64_t last, float* out) {
  const auto source = [&](int64_t strip) {
    return m.data + (piece.begin + strip * width) * m.row_step + begin * m.col_step;
  };
  const int64_t whole = std::min(last, (piece.end - piece.begin) / width);
  if (m.row_step == 1 && first < whole) {
    // All strips of a task side by side: a column of m is read in one go.
    kernels().copy_strips(source(first), m.col_step, width, whole - first, depth, scale, out + first * width * depth);
    first = whole;
  }
  for (int64_t strip = first; strip < last; ++strip) {
    float* const target = out + strip * width * depth;
    const int64_t rows = std::min(width, piece.end - piece.begin - strip * width);
    if (rows < width) std::fill_n(target, width * depth, 0.0f);
    if (m.col_step == 1)
      kernels().transpose(source(strip), m.row_step, rows, depth, scale, target, width);
    else
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t r = 0; r < rows; ++r)
          target[k * width + r] = scale * source(strip)[r * m.row_step + k * m.col_step];
  }
}

void pack(Strided m, const Piece& piece, float scale, int64_t begin, int64_t end, int64_t width, float* out,
          const AbortFlag* abort) {
  parallel_for(rounded_up(piece.end - piece.begin, width) / width, kStrips, abort, [&](int64_t first, int64_t last) {
    pack_strips(m, piece, scale, begin, end - begin, width, first, last, out + piece.packed * (end - begin));
  });
}

// The tiles of c that one task covers, rows [i0, i1) by columns [j0, j1), and the packed rows of a and columns of b
// that the first of them takes.
struct Block {
  int64_t i0, i1, j0, j1, a, b;
};

std::vector<Block> blocks_of(const std::vector<Piece>& down, const std::vector<Piece>& across, GemmTile tile,
                             GemmRegion region) {
  const int64_t rows = rounded_up(kRows, tile.rows), cols = rounded_up(kCols, tile.cols);
  std::vector<Block> blocks;
  for (const Piece& p : down)
    for (int64_t i = p.begin; i < p.end; i += rows)
      for (const Piece& q : across)
        for (int64_t j = q.begin; j < q.end; j += cols)
          if (region == GemmRegion::full || j < i + rows)
            blocks.push_back({i, std::min(i + rows, p.end), j, std::min(j + cols, q.end), p.packed + i - p.begin,
                              q.packed + j - q.begin});
  return blocks;
}

// What becomes of c in one slab of the depth.
struct Target {
  bool overwrite;
  const float* bias;
  bool lower;
};

void multiply_block(const Block& block, const float* a, const float* b, int64_t depth, Matrix c, Target target) {
  const Kernels& k = kernels();
  const int64_t rows = k.gemm_tile_shape.rows, cols = k.gemm_tile_shape.cols;
  alignas(64) float edge[kMaxTile];
  a += block.a * depth;
  b += block.b * depth;
  for (int64_t j = block.j0; j < block.j1; j += cols)
    for (int64_t i = block.i0; i < block.i1; i += rows) {
      const int64_t height = std::min(rows, block.i1 - i), width = std::min(cols, block.j1 - j);
      if (target.lower && i + height <= j) continue;
      const float* const bias = target.bias ? target.bias + j : nullptr;
      const float *left = a + (i - block.i0) * depth, *right = b + (j - block.j0) * depth;
      if (height == rows && width == cols) {
        const int64_t ahead = i + rows < block.i1 ? rows * c.stride : cols + (block.i0 - i) * c.stride;
        k.gemm_tile(left, right, depth, {c.row(i) + j, c.stride, ahead, target.overwrite, bias});
        continue;
      }
      std::fill_n(edge, rows * cols, 0.0f);
      k.gemm_tile(left, right, depth, {edge, cols});
      for (int64_t r = 0; r < height; ++r)
        for (int64_t s = 0; s < width; ++s) {
          float& out = c.row(i + r)[j + s];
          out = (target.overwrite ? (bias ? bias[s] : 0.0f) : out) + edge[r * cols + s];
        }
    }
}

}  // namespace

float* GemmScratch::take(int n, int64_t size) {
  LargeVector<float>& floats = floats_[n];
  if (size > static_cast<int64_t>(floats.size())) {
    // With room to grow: new pages are dear, and sizes that differ a little would take them again and again.
    const int64_t with_room = floats.empty() ? size : size + size / 4;
    floats = {};
    floats = LargeVector<float>(with_room);
  }
  return floats.data();
}

namespace {

void multiply(float alpha, Strided a, Strided b, Matrix c, Target target, const AbortFlag* abort, GemmScratch* scratch,
              GemmSkip skip) {
  if (a.cols != b.rows || c.rows != a.rows || c.cols != b.cols)
    fail_shape("gemm: [" + std::to_string(a.rows) + ", " + std::to_string(a.cols) + "] times [" +
               std::to_string(b.rows) + ", " + std::to_string(b.cols) + "] does not give [" + std::to_string(c.rows) +
               ", " + std::to_string(c.cols) + "].");
  if (skip.begin < 0 || skip.end < skip.begin || skip.end > std::min(c.rows, c.cols))
    fail_shape("gemm: the rows to skip are not rows and columns of the product.");
  if (c.rows == 0 || c.cols == 0) return;
  const GemmTile tile = kernels().gemm_tile_shape;
  const int64_t depth = std::min(kDepth, a.cols);
  const std::vector<Piece> down = pieces(c.rows, skip, tile.rows), across = pieces(c.cols, skip, tile.cols);
  const auto packed_size = [&](const Piece& last, int64_t width) {
    return (last.packed + rounded_up(last.end - last.begin, width)) * depth;
  };
  GemmScratch own;
  if (!scratch) scratch = &own;
  float* const packed_a = scratch->take(0, packed_size(down.back(), tile.rows));
  float* const packed_b = scratch->take(1, packed_size(across.back(), tile.cols));
  const GemmRegion region = target.lower ? GemmRegion::lower : GemmRegion::full;
  const std::vector<Block> blocks = blocks_of(down, across, tile, region);

  // A product of no depth still overwrites.
  for (int64_t begin = 0; begin < a.cols || (begin == 0 && target.overwrite); begin += kDepth) {
    const int64_t end = std::min(begin + kDepth, a.cols);
    for (const Piece& piece : down) pack(a, piece, alpha, begin, end, tile.rows, packed_a, abort);
    for (const Piece& piece : across) pack(b.transposed(), piece, 1, begin, end, tile.cols, packed_b, abort);
    const Target of_slab = {target.overwrite && begin == 0, begin == 0 ? target.bias : nullptr, target.lower};
    parallel_for(static_cast<int64_t>(blocks.size()), 1, abort, [&](int64_t first, int64_t last) {
      for (int64_t n = first; n < last; ++n) multiply_block(blocks[n], packed_a, packed_b, end - begin, c, of_slab);
    });
  }
}

}  // namespace

void gemm(float alpha, Strided a, Strided b, Matrix c, GemmRegion region, const AbortFlag* abort, GemmScratch* scratch,
          GemmSkip skip) {
  multiply(alpha, a, b, c, {false, nullptr, region == GemmRegion::lower}, abort, scratch, skip);
}

void gemm_overwrite(Strided a, Strided b, const float* bias, Matrix c, const AbortFlag* abort, GemmScratch* scratch) {
  multiply(1, a, b, c, {true, bias, false}, abort, scratch, {});
}

}  // namespace kindred

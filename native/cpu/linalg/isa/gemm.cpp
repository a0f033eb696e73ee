// Dense products: rows laid out for register tiles, and one such tile, all of whose sums stay in registers while the
// loop runs over the depth.
#include "cpu/linalg/isa/tile.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {

static constexpr int kRows = kGemmRows, kVectors = kGemmVectors;

typedef float quad __attribute__((vector_size(16)));
typedef int32_t lanes __attribute__((vector_size(16)));
typedef float quad_unaligned __attribute__((vector_size(16), aligned(4), may_alias));

// Four rows of four columns each, turned.
static KINDRED_INLINE void transpose_quads(const float* rows, int64_t row_step, float scale, float* out,
                                           int64_t width) {
  quad a[4], b[4];
  for (int r = 0; r < 4; ++r) a[r] = scale * *reinterpret_cast<const quad_unaligned*>(rows + r * row_step);
  for (int h = 0; h < 2; ++h) {
    b[2 * h] = shuffle(a[2 * h], a[2 * h + 1], lanes{0, 4, 1, 5});
    b[2 * h + 1] = shuffle(a[2 * h], a[2 * h + 1], lanes{2, 6, 3, 7});
  }
  for (int h = 0; h < 2; ++h) {
    const quad low = shuffle(b[h], b[h + 2], lanes{0, 1, 4, 5});
    const quad high = shuffle(b[h], b[h + 2], lanes{2, 3, 6, 7});
    *reinterpret_cast<quad_unaligned*>(out + 2 * h * width) = low;
    *reinterpret_cast<quad_unaligned*>(out + (2 * h + 1) * width) = high;
  }
}

typedef int32_t places __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

// For each four lanes of two vectors: {a, b, c, d}, from 4 on of the second vector.
static KINDRED_INLINE places in_quads(int a, int b, int c, int d) {
  places out;
  for (int i = 0; i < kFloats; i += 4) {
    const int from[4] = {a, b, c, d};
    for (int j = 0; j < 4; ++j) out[i + j] = i + (from[j] < 4 ? from[j] : from[j] - 4 + (int)kFloats);
  }
  return out;
}

// Four rows of a vector of columns each, turned.
static KINDRED_INLINE void transpose_vectors(const float* rows, int64_t row_step, float scale, float* out,
                                             int64_t width) {
  vf a[4], b[4];
  for (int r = 0; r < 4; ++r) a[r] = scale * load(rows + r * row_step);
  for (int h = 0; h < 2; ++h) {
    b[2 * h] = shuffle(a[2 * h], a[2 * h + 1], in_quads(0, 4, 1, 5));
    b[2 * h + 1] = shuffle(a[2 * h], a[2 * h + 1], in_quads(2, 6, 3, 7));
  }
  alignas(64) float turned[4][kFloats];  // [column within a quad][quad][row]
  for (int h = 0; h < 2; ++h) {
    store(turned[2 * h], shuffle(b[h], b[h + 2], in_quads(0, 1, 4, 5)));
    store(turned[2 * h + 1], shuffle(b[h], b[h + 2], in_quads(2, 3, 6, 7)));
  }
  for (int64_t k = 0; k < kFloats; ++k)
    *reinterpret_cast<quad_unaligned*>(out + k * width) =
        *reinterpret_cast<const quad_unaligned*>(turned[k % 4] + k / 4 * 4);
}

void transpose(const float* rows, int64_t row_step, int64_t count, int64_t depth, float scale, float* out,
               int64_t out_step) {
  const int64_t whole_count = count / 4 * 4, whole_depth = depth / 4 * 4;
  const auto quads = [&](int64_t r, int64_t k) {
    transpose_quads(rows + r * row_step + k, row_step, scale, out + k * out_step + r, out_step);
  };
  // The side whose lines lie further apart is walked along them, so that a page serves more than one line.
  if (row_step < out_step)
    for (int64_t k = 0; k < whole_depth; k += 4)
      for (int64_t r = 0; r < whole_count; r += 4) quads(r, k);
  else
    for (int64_t r = 0; r < whole_count; r += 4) {
      int64_t k = 0;
      for (; k + kFloats <= whole_depth; k += kFloats)
        transpose_vectors(rows + r * row_step + k, row_step, scale, out + k * out_step + r, out_step);
      for (; k < whole_depth; k += 4) quads(r, k);
    }
  for (int64_t r = 0; r < count; ++r)
    for (int64_t k = r < whole_count ? whole_depth : 0; k < depth; ++k)
      out[k * out_step + r] = scale * rows[r * row_step + k];
}

void copy_strips(const float* rows, int64_t row_step, int64_t width, int64_t count, int64_t depth, float scale,
                 float* out) {
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t s = 0; s < count; ++s) {
      const float* const from = rows + k * row_step + s * width;
      float* const to = out + (s * depth + k) * width;
      int64_t c = 0;
      for (; c + kFloats <= width; c += kFloats) store(to + c, scale * load(from + c));
      for (; c + 4 <= width; c += 4)
        *reinterpret_cast<quad_unaligned*>(to + c) = scale * *reinterpret_cast<const quad_unaligned*>(from + c);
      for (; c < width; ++c) to[c] = scale * from[c];
    }
}

// c = sums, plus the bias of each column unless it is null
static KINDRED_INLINE void store_tile(const vf (&sums)[kRows][kVectors], const GemmTarget& target) {
  vf bias[kVectors] = {};
  if (target.bias)
    for (int v = 0; v < kVectors; ++v) bias[v] = load(target.bias + v * kFloats);
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) store(target.c + i * target.stride + v * kFloats, sums[i][v] + bias[v]);
}

static KINDRED_INLINE void fetch_row(const float* c) {
  for (int v = 0; v < kVectors; ++v) __builtin_prefetch(c + v * kFloats, 1, 3);
  __builtin_prefetch(c + kGemmCols - 1, 1, 3);  // c need not begin on a line
}

// a [depth][a_step], of which kRows count, b [depth][b_step], of which kGemmCols count. The lines of the next tile are
// prefetched one row at a time between the sums: all at once they would delay the loads of b.
static KINDRED_INLINE void one_tile(const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t depth,
                                    const GemmTarget& target) {
  vf sums[kRows][kVectors] = {};
  const int64_t share = depth / kRows;
  for (int64_t row = 0; row <= kRows; ++row) {
    if (row < kRows) fetch_row(target.c + target.ahead + row * target.stride);
    const int64_t steps = row < kRows ? share : depth - kRows * share;
    accumulate(sums, TileOperand<float>{a, 1, a_step}, b, b_step, steps);
    a += steps * a_step;
    b += steps * b_step;
  }
  if (target.overwrite)
    store_tile(sums, target);
  else
    add_tile(sums, target.c, target.stride);
}

void gemm_tile(const float* a, const float* b, int64_t depth, const GemmTarget& target) {
  one_tile(a, kRows, b, kGemmCols, depth, target);
}

void gram_tile(const float* a, const float* b, int64_t depth, const GemmTarget& target) {
  one_tile(a, kGramStrip, b, kGramStrip, depth, target);
}

}  // namespace kindred::KINDRED_NAMESPACE

// P'Q in double, the heart of Gram matrices and normal equations, and rows laid out for X'X in float.
#include "cpu/linalg/isa/tile.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kRows = kManyRegisters ? 8 : 4, kFewRows = 4;  // rows of out held in registers at a time

// out[i0 .. i0 + I) x [j, j + lanes * V) += P' Q over all rows
template <int I, int V>
KINDRED_INLINE void gram_tile(StridedRows p, StridedRows q, int64_t rows, int64_t i0, int64_t j, double* out,
                              int64_t out_stride) {
  vd sums[I][V] = {};
  accumulate(sums, TileOperand<double>{p.data + i0, 1, p.stride}, q.data + j, q.stride, rows);
  add_tile(sums, out + i0 * out_stride + j, out_stride);
}

template <int I>
KINDRED_INLINE void band(StridedRows p, StridedRows q, int64_t n, int64_t rows, int64_t i0, int64_t end, double* out,
                         int64_t out_stride) {
  int64_t j = 0;
  for (; j + 2 * kDoubles <= n && j < end; j += 2 * kDoubles) gram_tile<I, 2>(p, q, rows, i0, j, out, out_stride);
  for (; j + kDoubles <= n && j < end; j += kDoubles) gram_tile<I, 1>(p, q, rows, i0, j, out, out_stride);
  for (; j < end; ++j)
    for (int i = 0; i < I; ++i) {
      double total = 0;
      for (int64_t r = 0; r < rows; ++r) total += p.data[r * p.stride + i0 + i] * q.data[r * q.stride + j];
      out[(i0 + i) * out_stride + j] += total;
    }
}

}  // namespace

void transposed_product(StridedRows p, int64_t m, StridedRows q, int64_t n, int64_t rows, bool lower, double* out,
                        int64_t out_stride) {
  int64_t i = 0;
  for (; i + kRows <= m; i += kRows) band<kRows>(p, q, n, rows, i, lower ? i + kRows : n, out, out_stride);
  for (; i + kFewRows <= m; i += kFewRows) band<kFewRows>(p, q, n, rows, i, lower ? i + kFewRows : n, out, out_stride);
  for (; i < m; ++i) band<1>(p, q, n, rows, i, lower ? i + 1 : n, out, out_stride);
}

namespace {

constexpr int64_t kStripVectors = kGramStrip / kFloats;
static_assert(kGramStrip % kGemmRows == 0);
constexpr int64_t kRowsAtOnce = 16;  // whose columns are summed in float

// Columns [0, width) of `count` rows less shift; the strip's columns from `width` on become 0.
KINDRED_INLINE void edge_strip(const float* rows, int64_t row_step, const float* shift, int64_t width, int64_t count,
                               float* out, double* sums) {
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < kGramStrip; ++c) {
      const float value = c < width ? rows[r * row_step + c] - shift[c] : 0.0f;
      out[r * kGramStrip + c] = value;
      if (c < width) sums[c] += static_cast<double>(value);
    }
}

KINDRED_INLINE void whole_strip(const float* rows, int64_t row_step, const float* shift, int64_t count, float* out,
                                double* sums) {
  vf shifts[kStripVectors], totals[kStripVectors] = {};
#pragma GCC unroll 8
  for (int v = 0; v < kStripVectors; ++v) shifts[v] = load(shift + v * kFloats);
  for (int64_t r = 0; r < count; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < kStripVectors; ++v) {
      const float* const from = rows + r * row_step + v * kFloats;
      __builtin_prefetch(from + kRowsAtOnce * row_step, 0, 2);
      const vf value = load(from) - shifts[v];
      store(out + r * kGramStrip + v * kFloats, value);
      totals[v] += value;
    }
  for (int v = 0; v < kStripVectors; ++v)
    for (int64_t i = 0; i < kFloats; ++i) sums[v * kFloats + i] += static_cast<double>(totals[v][i]);
}

}  // namespace

void centred_strips(const float* rows, int64_t row_step, const float* shift, int64_t cols, int64_t depth, float* out,
                    double* sums) {
  for (int64_t r = 0; r < depth; r += kRowsAtOnce) {
    const int64_t count = depth - r < kRowsAtOnce ? depth - r : kRowsAtOnce;
    for (int64_t c = 0; c < cols; c += kGramStrip) {
      const float* const from = rows + r * row_step + c;
      float* const to = out + c * depth + r * kGramStrip;
      if (c + kGramStrip <= cols)
        whole_strip(from, row_step, shift + c, count, to, sums + c);
      else
        edge_strip(from, row_step, shift + c, cols - c, count, to, sums + c);
    }
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

// Attention of one head within one sequence, a few queries at a time: their scores, never those of the whole sequence,
// lie in scratch memory. Keys and values are laid out there once, rows padded to whole vectors with zeros.
#include "cpu/linalg/isa/tile.h"
#include "cpu/nn/isa/softmax.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kQueries = 4;

KINDRED_INLINE int64_t padded(int64_t n) { return (n + kFloats - 1) / kFloats * kFloats; }

KINDRED_INLINE void zero(float* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = 0.0f;
}

// out [rows, width] = factor * x [count, dims], zeros beyond; `rows` rows, count <= rows
KINDRED_INLINE void lay_rows(const float* x, int64_t count, int64_t rows, const HeadShape& s, float factor,
                             float* out) {
  const int64_t width = padded(s.dims);
  for (int64_t r = 0; r < rows; ++r, out += width) {
    zero(out, width);
    if (r >= count) continue;
    for (int64_t c = 0; c < s.dims; ++c) out[c] = factor * x[r * s.stride + c];
  }
}

// out [dims, padded(n)] = x' of [n, dims], zeros beyond
KINDRED_INLINE void lay_columns(const float* x, const HeadShape& s, float* out) {
  const int64_t width = padded(s.n);
  for (int64_t c = 0; c < s.dims; ++c) zero(out + c * width + s.n, width - s.n);
  transpose(x, s.stride, s.n, s.dims, 1.0f, out, width);
}

KINDRED_INLINE void copy_rows(const float* x, int64_t count, const HeadShape& s, float* out) {
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < s.dims; ++c) out[r * s.stride + c] = x[r * padded(s.dims) + c];
}

template <int V>
KINDRED_INLINE void tile_times(const float* a, int64_t a_stride, const float* b, int64_t b_stride, int64_t depth,
                               float* out, int64_t out_stride) {
  vf sums[kQueries][V] = {};
  accumulate(sums, TileOperand<float>{a, a_stride, 1}, b, b_stride, depth);
  for (int r = 0; r < kQueries; ++r)
    for (int v = 0; v < V; ++v) store(out + r * out_stride + v * kFloats, sums[r][v]);
}

// out [kQueries, cols] = a [kQueries, depth] b [depth, cols]; cols is a multiple of kFloats
KINDRED_INLINE void times(const float* a, int64_t a_stride, const float* b, int64_t b_stride, int64_t depth,
                          int64_t cols, float* out, int64_t out_stride) {
  int64_t c = 0;
  for (; c + 2 * kFloats <= cols; c += 2 * kFloats)
    tile_times<2>(a, a_stride, b + c, b_stride, depth, out + c, out_stride);
  if (c < cols) tile_times<1>(a, a_stride, b + c, b_stride, depth, out + c, out_stride);
}

// out [depth, cols] += a' b of a [kQueries, depth], b [kQueries, cols]
KINDRED_INLINE void add_products(const float* a, int64_t a_stride, const float* b, int64_t cols, int64_t depth,
                                 float* out) {
  for (int64_t c = 0; c < cols; c += kFloats) {
    vf right[kQueries];
    for (int r = 0; r < kQueries; ++r) right[r] = load(b + r * cols + c);
    for (int64_t j = 0; j < depth; ++j) {
      vf sums = load(out + j * cols + c);
      for (int r = 0; r < kQueries; ++r) sums += a[r * a_stride + j] * right[r];
      store(out + j * cols + c, sums);
    }
  }
}

// What a block of queries, the first of them i, attends to.
struct Reach {
  int64_t keys;  // of the last query
  int64_t cols;  // scores computed
};

KINDRED_INLINE Reach reach_of(const HeadShape& s, int64_t i) {
  const int64_t keys = s.causal && i + kQueries < s.n ? i + kQueries : s.n;
  return {keys, padded(keys)};
}

KINDRED_INLINE int64_t keys_of(const HeadShape& s, int64_t query) { return s.causal ? query + 1 : s.n; }

}  // namespace

int64_t nn_attention_scratch(int64_t n, int64_t dims) {
  return 2 * dims * padded(n) + 3 * n * padded(dims) + kQueries * (2 * padded(n) + 3 * padded(dims));
}

void nn_attend(const HeadShape& s, const float* q, const float* k, const float* v, float* y, float* log_sums,
               int64_t log_step, float* scratch) {
  const int64_t across = padded(s.n), width = padded(s.dims);
  float* const keys = scratch;
  float* const values = keys + s.dims * across;
  float* const queries = values + s.n * width;
  float* const weights = queries + kQueries * width;
  float* const out = weights + kQueries * across;
  lay_columns(k, s, keys);
  lay_rows(v, s.n, s.n, s, 1.0f, values);
  for (int64_t i = 0; i < s.n; i += kQueries) {
    const int64_t count = s.n - i < kQueries ? s.n - i : kQueries;
    const Reach reach = reach_of(s, i);
    lay_rows(q + i * s.stride, count, kQueries, s, s.scale, queries);
    times(queries, width, keys, across, s.dims, reach.cols, weights, across);
    for (int64_t r = 0; r < count; ++r) {
      float* const row = weights + r * across;
      const int64_t limit = keys_of(s, i + r);
      log_sums[(i + r) * log_step] = softmax_of(row, limit, row);
      zero(row + limit, reach.cols - limit);
    }
    times(weights, across, values, width, reach.keys, width, out, width);
    copy_rows(out, count, s, y + i * s.stride);
  }
}

void nn_attend_gradient(const HeadShape& s, const float* q, const float* k, const float* v, const float* y,
                        const float* log_sums, int64_t log_step, const float* dy, float* dq, float* dk, float* dv,
                        float* scratch) {
  const int64_t across = padded(s.n), width = padded(s.dims);
  float* const keys = scratch;                       // [dims, across]
  float* const values = keys + s.dims * across;      // [dims, across]
  float* const key_rows = values + s.dims * across;  // [n, width]
  float* const of_keys = key_rows + s.n * width;     // [n, width]
  float* const of_values = of_keys + s.n * width;    // [n, width]
  float* const scaled = of_values + s.n * width;     // [kQueries, width], as are the next two
  float* const outs = scaled + kQueries * width;
  float* const of_queries = outs + kQueries * width;
  float* const weights = of_queries + kQueries * width;  // [kQueries, across]
  float* const slopes = weights + kQueries * across;
  lay_columns(k, s, keys);
  lay_columns(v, s, values);
  lay_rows(k, s.n, s.n, s, 1.0f, key_rows);
  zero(of_keys, 2 * s.n * width);
  for (int64_t i = 0; i < s.n; i += kQueries) {
    const int64_t count = s.n - i < kQueries ? s.n - i : kQueries;
    const Reach reach = reach_of(s, i);
    lay_rows(q + i * s.stride, count, kQueries, s, s.scale, scaled);
    lay_rows(dy + i * s.stride, count, kQueries, s, 1.0f, outs);
    times(scaled, width, keys, across, s.dims, reach.cols, weights, across);
    times(outs, width, values, across, s.dims, reach.cols, slopes, across);
    for (int64_t r = 0; r < kQueries; ++r) {
      float *const row = weights + r * across, *const slope = slopes + r * across;
      const int64_t limit = r < count ? keys_of(s, i + r) : 0;
      // With p the weights and dp = dy_i . v_j: the scores' gradient is p (dp - sum of p dp), and that sum is dy_i .
      // y_i.
      const float log_sum = r < count ? log_sums[(i + r) * log_step] : 0.0f;
      const float mean = r < count ? dot(dy + (i + r) * s.stride, y + (i + r) * s.stride, s.dims) : 0.0f;
      for (int64_t j = 0; j < reach.cols; j += kFloats) {
        const vf p = exponential(load(row + j) - log_sum);
        store(row + j, p);
        store(slope + j, p * (load(slope + j) - mean));
      }
      zero(row + limit, reach.cols - limit);
      zero(slope + limit, reach.cols - limit);
    }
    times(slopes, across, key_rows, width, reach.keys, width, of_queries, width);
    for (int64_t c = 0; c < kQueries * width; ++c) of_queries[c] *= s.scale;
    copy_rows(of_queries, count, s, dq + i * s.stride);
    add_products(weights, across, outs, width, reach.keys, of_values);
    add_products(slopes, across, scaled, width, reach.keys, of_keys);
  }
  copy_rows(of_keys, s.n, s, dk);
  copy_rows(of_values, s.n, s, dv);
}

}  // namespace kindred::KINDRED_NAMESPACE

// Attention of one head within one sequence, a few queries at a time: their scores, never those of the whole sequence,
// lie in scratch memory. Keys and values are laid out there once, rows padded to whole vectors with zeros.
#include "cpu/linalg/isa/tile.h"
#include "cpu/nn/isa/softmax.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kQueries = kAttentionBlock;

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

// Dropout. A hash of (key, query) chooses one of 2^64 rows of bits; finalisers: splitmix64 (Steele, Lea and Flood
// 2014), and for each key one of 32 bits that Wellons' search found (github.com/skeeto/hash-prospector).
KINDRED_INLINE uint64_t bits_of_query(const HeadShape& s, int64_t query) {
  uint64_t z = s.key + ((uint64_t)query + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

typedef uint32_t vu __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

// What the weights of keys j, j + 1, ... are multiplied by: 0 or s.keep
KINDRED_INLINE vf kept(const HeadShape& s, uint64_t bits, int64_t j) {
  vu x;
  for (int64_t l = 0; l < kFloats; ++l) x[l] = (uint32_t)(j + l);
  x += (uint32_t)bits;
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  x ^= x >> 15;
  x ^= (uint32_t)(bits >> 32);
  return x < s.least ? vf{} : splat(s.keep);
}

struct ForwardMemory {
  int64_t across, width;
  float *keys, *values;  // [dims, across], [n, width]
  float *queries, *out;  // [kQueries, width]
  float* weights;        // [kQueries, across]

  ForwardMemory(const HeadShape& s, float* scratch) : across(padded(s.n)), width(padded(s.dims)) {
    keys = scratch;
    values = keys + s.dims * across;
    queries = values + s.n * width;
    out = queries + kQueries * width;
    weights = out + kQueries * width;
  }
};

struct GradientMemory {
  int64_t across, width;
  float *keys, *values;                   // [dims, across]
  float *key_rows, *of_keys, *of_values;  // [n, width]
  float *scaled, *outs, *of_queries;      // [kQueries, width]
  float *weights, *slopes;                // [kQueries, across]

  GradientMemory(const HeadShape& s, float* scratch) : across(padded(s.n)), width(padded(s.dims)) {
    keys = scratch;
    values = keys + s.dims * across;
    key_rows = values + s.dims * across;
    of_keys = key_rows + s.n * width;
    of_values = of_keys + s.n * width;
    scaled = of_values + s.n * width;
    outs = scaled + kQueries * width;
    of_queries = outs + kQueries * width;
    weights = of_queries + kQueries * width;
    slopes = weights + kQueries * across;
  }
};

}  // namespace

int64_t nn_attention_scratch(int64_t n, int64_t dims) {
  return 2 * dims * padded(n) + 3 * n * padded(dims) + kQueries * (2 * padded(n) + 3 * padded(dims));
}

void nn_attend_begin(const HeadShape& s, const float* k, const float* v, float* scratch) {
  const ForwardMemory memory(s, scratch);
  lay_columns(k, s, memory.keys);
  lay_rows(v, s.n, s.n, s, 1.0f, memory.values);
}

void nn_attend(const HeadShape& s, int64_t begin, int64_t end, const float* q, float* y, float* log_sums,
               int64_t log_step, float* scratch) {
  const ForwardMemory memory(s, scratch);
  const int64_t across = memory.across, width = memory.width;
  for (int64_t i = begin; i < end; i += kQueries) {
    const int64_t count = s.n - i < kQueries ? s.n - i : kQueries;
    const Reach reach = reach_of(s, i);
    lay_rows(q + i * s.stride, count, kQueries, s, s.scale, memory.queries);
    times(memory.queries, width, memory.keys, across, s.dims, reach.cols, memory.weights, across);
    for (int64_t r = 0; r < count; ++r) {
      float* const row = memory.weights + r * across;
      const int64_t limit = keys_of(s, i + r);
      if (s.biases)
        for (int64_t j = 0; j < limit; j += kFloats) store(row + j, load(row + j) + load(s.biases + j - i - r));
      log_sums[(i + r) * log_step] = softmax_of(row, limit, row);
      if (s.least) {
        const uint64_t bits = bits_of_query(s, i + r);
        for (int64_t j = 0; j < limit; j += kFloats) store(row + j, load(row + j) * kept(s, bits, j));
      }
      zero(row + limit, reach.cols - limit);
    }
    times(memory.weights, across, memory.values, width, reach.keys, width, memory.out, width);
    copy_rows(memory.out, count, s, y + i * s.stride);
  }
}

void nn_attend_gradient_begin(const HeadShape& s, const float* k, const float* v, float* scratch) {
  const GradientMemory memory(s, scratch);
  lay_columns(k, s, memory.keys);
  lay_columns(v, s, memory.values);
  lay_rows(k, s.n, s.n, s, 1.0f, memory.key_rows);
  zero(memory.of_keys, 2 * s.n * memory.width);
}

void nn_attend_gradient(const HeadShape& s, int64_t begin, int64_t end, const float* q, const float* y,
                        const float* log_sums, int64_t log_step, const float* dy, float* dq, float* dbiases,
                        float* scratch) {
  const GradientMemory memory(s, scratch);
  const int64_t across = memory.across, width = memory.width;
  for (int64_t i = begin; i < end; i += kQueries) {
    const int64_t count = s.n - i < kQueries ? s.n - i : kQueries;
    const Reach reach = reach_of(s, i);
    lay_rows(q + i * s.stride, count, kQueries, s, s.scale, memory.scaled);
    lay_rows(dy + i * s.stride, count, kQueries, s, 1.0f, memory.outs);
    times(memory.scaled, width, memory.keys, across, s.dims, reach.cols, memory.weights, across);
    times(memory.outs, width, memory.values, across, s.dims, reach.cols, memory.slopes, across);
    for (int64_t r = 0; r < kQueries; ++r) {
      float *const row = memory.weights + r * across, *const slope = memory.slopes + r * across;
      const int64_t limit = r < count ? keys_of(s, i + r) : 0;
      // With p the weights, m what dropout multiplies them by and dp = m dy_i . v_j: the scores' gradient is
      // p (dp - sum of p dp), and that sum is dy_i . y_i.
      const float log_sum = r < count ? log_sums[(i + r) * log_step] : 0.0f;
      const float mean = r < count ? dot(dy + (i + r) * s.stride, y + (i + r) * s.stride, s.dims) : 0.0f;
      if (s.biases)
        for (int64_t j = 0; j < limit; j += kFloats) store(row + j, load(row + j) + load(s.biases + j - i - r));
      if (s.least) {
        const uint64_t bits = bits_of_query(s, i + r);
        for (int64_t j = 0; j < limit; j += kFloats) {
          const vf p = exponential(load(row + j) - log_sum), m = kept(s, bits, j);
          store(row + j, p * m);
          store(slope + j, p * (m * load(slope + j) - mean));
        }
      } else {
        for (int64_t j = 0; j < limit; j += kFloats) {
          const vf p = exponential(load(row + j) - log_sum);
          store(row + j, p);
          store(slope + j, p * (load(slope + j) - mean));
        }
      }
      zero(row + limit, reach.cols - limit);
      zero(slope + limit, reach.cols - limit);
      if (dbiases)
        for (int64_t j = 0; j < limit; j += kFloats)
          store(dbiases + j - i - r, load(dbiases + j - i - r) + load(slope + j));
    }
    times(memory.slopes, across, memory.key_rows, width, reach.keys, width, memory.of_queries, width);
    for (int64_t c = 0; c < kQueries * width; ++c) memory.of_queries[c] *= s.scale;
    copy_rows(memory.of_queries, count, s, dq + i * s.stride);
    add_products(memory.weights, across, memory.outs, width, reach.keys, memory.of_values);
    add_products(memory.slopes, across, memory.scaled, width, reach.keys, memory.of_keys);
  }
}

void nn_attend_gradient_end(const HeadShape& s, float* dk, float* dv, float* scratch) {
  const GradientMemory memory(s, scratch);
  copy_rows(memory.of_keys, s.n, s, dk);
  copy_rows(memory.of_values, s.n, s, dv);
}

}  // namespace kindred::KINDRED_NAMESPACE

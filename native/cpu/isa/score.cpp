// Scores of queries against one packed panel of items: Q queries by V vectors of accumulators stay in registers while
// the loop runs over all dims.
#include "cpu/isa/declare.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

namespace kindred::KINDRED_NAMESPACE {
namespace {

// 6 x 4 accumulators fill AVX-512's 32 registers, 6 x 2 the 16 of the others.
constexpr int kQueries = 6;
constexpr int kVectors = kManyRegisters ? 4 : 2;
constexpr int kVectorsOfOne = kManyRegisters ? 4 : 8;  // for a lone query: as much of a row of the panel as fits

struct Dot {
  static KINDRED_INLINE vf step(vf sum, float q, vf x) { return sum + q * x; }
};

struct SquaredDistance {
  static KINDRED_INLINE vf step(vf sum, float q, vf x) {
    const vf difference = q - x;
    return sum + difference * difference;
  }
};

// Which vectors of each row of the next panel a block fetches: [from, to) of kPanel / 16.
struct Fetch {
  int64_t ahead;
  int from, to;
};

template <class Op, int Q, int V>
KINDRED_INLINE void block(const float* queries, int64_t query_stride, const float* panel, int64_t dims, Fetch fetch,
                          float* out, int64_t out_stride) {
  for (int64_t column = 0; column < kPanel; column += V * kFloats) {
    vf sums[Q][V] = {};
    const float* x = panel + column;
    for (int64_t t = 0; t < dims; ++t, x += kPanel) {
      if (column == 0)
        for (int line = fetch.from; line < fetch.to; ++line) __builtin_prefetch(x + fetch.ahead + line * 16, 0, 2);
      vf items[V];
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) items[v] = load(x + v * kFloats);
#pragma GCC unroll 6
      for (int q = 0; q < Q; ++q) {
        const float value = queries[q * query_stride + t];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) sums[q][v] = Op::step(sums[q][v], value, items[v]);
      }
    }
    for (int q = 0; q < Q; ++q)
      for (int v = 0; v < V; ++v) store(out + q * out_stride + column + v * kFloats, sums[q][v]);
  }
}

template <class Op>
KINDRED_INLINE void panel_scores(const float* queries, int64_t query_stride, int64_t nq, const float* panel,
                                 int64_t dims, int64_t ahead, float* out, int64_t out_stride) {
  // The next panel's cache lines are spread over the blocks, so that they come while this one is computed.
  constexpr int kLines = kPanel / 16;
  const int64_t blocks = nq / kQueries + nq % kQueries / 2 + nq % 2;
  const int lines = ahead == 0 ? 0 : blocks >= kLines ? 1 : blocks >= 2 ? 2 : kLines;
  int from = 0;
  const auto next = [&] {
    const Fetch fetch{ahead, from, from + lines < kLines ? from + lines : kLines};
    from = fetch.to;
    return fetch;
  };
  int64_t q = 0;
  for (; q + kQueries <= nq; q += kQueries)
    block<Op, kQueries, kVectors>(queries + q * query_stride, query_stride, panel, dims, next(), out + q * out_stride,
                                  out_stride);
  for (; q + 2 <= nq; q += 2)
    block<Op, 2, kVectors>(queries + q * query_stride, query_stride, panel, dims, next(), out + q * out_stride,
                           out_stride);
  for (; q < nq; ++q)
    block<Op, 1, kVectorsOfOne>(queries + q * query_stride, query_stride, panel, dims, next(), out + q * out_stride,
                                out_stride);
}

KINDRED_INLINE uint64_t beyond_one(const float* scores, float threshold) {
  uint64_t mask = 0;
#if KINDRED_VECTOR_BYTES == 64
  const __m512 bound = _mm512_set1_ps(threshold);
  for (int i = 0; i < 4; ++i)
    mask |= static_cast<uint64_t>(_mm512_cmp_ps_mask(_mm512_loadu_ps(scores + 16 * i), bound, _CMP_NLE_UQ)) << (16 * i);
#elif defined(__AVX2__)
  const __m256 bound = _mm256_set1_ps(threshold);
  for (int i = 0; i < 8; ++i) {
    const __m256 beyond = _mm256_cmp_ps(_mm256_loadu_ps(scores + 8 * i), bound, _CMP_NLE_UQ);
    mask |= static_cast<uint64_t>(static_cast<unsigned>(_mm256_movemask_ps(beyond))) << (8 * i);
  }
#elif defined(__SSE2__)
  const __m128 bound = _mm_set1_ps(threshold);
  for (int i = 0; i < 16; ++i) {
    const __m128 beyond = _mm_cmpnle_ps(_mm_loadu_ps(scores + 4 * i), bound);
    mask |= static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_ps(beyond))) << (4 * i);
  }
#else
  for (int i = 0; i < 64; ++i) mask |= static_cast<uint64_t>(!(scores[i] <= threshold)) << i;
#endif
  return mask;
}

}  // namespace

void dot_panel(const float* queries, int64_t query_stride, int64_t nq, const float* panel, int64_t dims, int64_t ahead,
               float* out, int64_t out_stride) {
  panel_scores<Dot>(queries, query_stride, nq, panel, dims, ahead, out, out_stride);
}

void distance_panel(const float* queries, int64_t query_stride, int64_t nq, const float* panel, int64_t dims,
                    int64_t ahead, float* out, int64_t out_stride) {
  panel_scores<SquaredDistance>(queries, query_stride, nq, panel, dims, ahead, out, out_stride);
}

void beyond(const float* scores, const float* thresholds, int64_t count, uint64_t* masks) {
  for (int64_t q = 0; q < count; ++q) masks[q] = beyond_one(scores + q * kPanel, thresholds[q]);
}

}  // namespace kindred::KINDRED_NAMESPACE

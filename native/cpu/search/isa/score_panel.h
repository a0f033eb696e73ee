// The walk of one panel: blocks of Q queries by vectors of items, whose accumulators stay in registers over all units,
// and are compared with the thresholds there; only scores that pass are stored.
//
// AVX-512 holds 12 queries x 2 vectors in 24 of its 32 registers, which needs 14 loads for 24 fused operations; the
// others hold 6 x 2 of 16. A half panel of 128 units (16 KiB) stays in L1 while all blocks of queries pass it.
//
// An Op has: Sum, the vector of accumulators; start(search, q); step(sum, word, items); and
// finish(search, q, item, sum), the scores.
#pragma once

#include "cpu/linalg/isa/tile.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/search/isa/threshold_mask.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef uint32_t vu __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));
typedef uint32_t vu_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES), aligned(4), may_alias));

KINDRED_INLINE vu load(const uint32_t* p) { return *reinterpret_cast<const vu_unaligned*>(p); }

constexpr int64_t kLine = 16;  // words of a cache line

// Which cache lines of each [kPanel] words of the next panel a tile fetches: [from, to) of 4.
struct Fetch {
  int from, to;
};

// Queries [q0, q0 + Q) by halves [half, half + Halves), V vectors of each half at a time.
template <class Op, int Q, int Halves, int V>
KINDRED_INLINE void tile(const PanelSearch& search, int64_t q0, int64_t half, Fetch fetch) {
  constexpr int64_t kColumns = V * kFloats;
  const int64_t units = search.units, half_words = units * kHalfPanel;
  const uint32_t* queries = search.queries + q0 * units;
  uint64_t masks[Q] = {};
  for (int64_t column = 0; column < kHalfPanel; column += kColumns) {
    const uint32_t* items = search.panel + half * half_words + column;
    const uint32_t* next = search.panel + search.ahead;
    typename Op::Sum sums[Q][Halves * V];
#pragma GCC unroll 12
    for (int q = 0; q < Q; ++q)
#pragma GCC unroll 8
      for (int v = 0; v < Halves * V; ++v) sums[q][v] = Op::start(search, q0 + q);
    const int lines = column == 0 ? fetch.to : fetch.from;
    for (int64_t t = 0; t < units; ++t, items += kHalfPanel, next += kPanel) {
      for (int line = fetch.from; line < lines; ++line) __builtin_prefetch(next + line * kLine, 0, 2);
      tile_step(
          sums, [&](int q) { return queries[t * Q + q]; },
          [&](int v) { return load(items + v / V * half_words + v % V * kFloats); }, Op::step);
    }
#pragma GCC unroll 12
    for (int q = 0; q < Q; ++q) {
      const vf threshold = vf{} + search.thresholds[q0 + q];
#pragma GCC unroll 2
      for (int h = 0; h < Halves; ++h) {
        const int64_t first = (half + h) * kHalfPanel + column;
        vf scores[V];
        uint64_t mask = 0;
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
          scores[v] = Op::finish(search, q0 + q, first + v * kFloats, sums[q][h * V + v]);
          mask |= beyond(scores[v], threshold) << (v * kFloats);
        }
        if (__builtin_expect(mask != 0, 0)) {
          masks[q] |= mask << first;
#pragma GCC unroll 8
          for (int v = 0; v < V; ++v) store(search.scores + (q0 + q) * kPanel + first + v * kFloats, scores[v]);
        }
      }
    }
  }
  for (int q = 0; q < Q; ++q) search.masks[q0 + q] |= masks[q];
}

// `count` queries from q0 on, 1 <= count <= Most; as many vectors at a time as the registers hold: at least four sums
// hide the latency of each.
template <class Op, int Halves, int Most, int Q = 1>
KINDRED_INLINE void block(const PanelSearch& search, int64_t q0, int64_t count, int64_t half, Fetch fetch) {
  if constexpr (Q < Most)
    if (count > Q) return block<Op, Halves, Most, Q + 1>(search, q0, count, half, fetch);
  constexpr int kVectors = !kManyRegisters && Q <= 2 ? 4 : 2;
  tile<Op, Q, Halves, kVectors>(search, q0, half, fetch);
}

template <class Op>
KINDRED_INLINE void score_panel(const PanelSearch& search) {
  constexpr int kLines = kPanel / kLine;
  for (int64_t q = 0; q < search.nq; ++q) search.masks[q] = 0;
  const int wanted = search.ahead == 0 ? 0 : kLines;
  if (search.nq == 0) return;
  if (kManyRegisters && search.nq <= 3) return block<Op, 2, 3>(search, 0, search.nq, 0, {0, wanted});
  // The next panel's cache lines are spread over the tiles, so that they come while this one is computed.
  const int64_t blocks = (search.nq + kQueryBlock - 1) / kQueryBlock;
  const int lines = blocks == 1 ? 2 : 1;
  int from = 0;
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t q0 = search.nq * b / blocks;
      const Fetch fetch{from, from + lines < wanted ? from + lines : wanted};
      from = fetch.to;
      block<Op, 1, kQueryBlock>(search, q0, search.nq * (b + 1) / blocks - q0, half, fetch);
    }
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

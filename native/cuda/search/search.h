// Search in two kernels. The first: a block has a tile of queries and a range of the rows (a split), goes through it
// tile by tile, and appends what passes a query's threshold to the query's buffer; one that might not hold another tile
// is cut to its k best, which raises the threshold. The second merges the lists of all splits.
#pragma once

#include "cuda/search/best_list.h"
#include "cuda/search/code_bounds.h"
#include "cuda/search/eligible.h"
#include "cuda/search/score_tile.h"

namespace kindred::cuda {

constexpr int64_t kMostK = 2048;
constexpr int64_t kStagedKeys = 512;  // of a warp
constexpr int64_t kMergeKeys = 2 * kMostK;
constexpr int kTileWarps = kTileThreads / kWarp;

// A batch of queries.
struct SearchJob {
  KindredCudaKind kind;
  int64_t dims, k;
  WordRows queries, rows;     // f32 numbers, or codes
  const float* query_floats;  // [queries, width] f32, normalised for the cosine; codes only
  const float* row_floats;    // [rows, width] likewise; exact codes only
  int64_t width;
  const float* query_scales;       // [queries] of int8, else null
  const float* row_scales;         // [rows] of int8, else null
  const float* row_biases;         // [rows] of codes by the Euclidean distance, else null
  const double* query_norms;       // [queries] of query_floats
  const CodeBounds* query_bounds;  // [queries]
  const CodeBounds* chunk_bounds;  // [ceil(rows / kRowsOfChunk)]
  Filter filter;
  int64_t splits, tiles_of_split;
  int64_t capacity;   // keys of a query's buffer: a power of two, see buffer_keys
  uint64_t* buffers;  // [query tiles, splits, kTileQueries, capacity]
  uint64_t* lists;    // [queries, splits, k]
};

// A buffer that is cut when it has more than capacity - kTileRows keys always has room for a tile.
KINDRED_BOTH int64_t buffer_keys(int64_t k) { return power_of_two(larger(2 * k, k + kTileRows)); }

struct SearchMemory {
  union {
    TileMemory tiles;
    uint64_t staging[kTileWarps][kStagedKeys];
  };
  float wanted[kTileQueries];      // scores to beat, in the metric's scale; NaN while there is room
  float thresholds[kTileQueries];  // what sums must exceed
  int counts[kTileQueries];        // keys in the buffer
  int scored[kTileQueries];        // of exact codes: how many of them have scores; the others are rows
};

KINDRED_DEVICE float threshold_of(const SearchJob& job, bool codes, int64_t query, int64_t chunk, float wanted) {
  if (codes)
    return lowered(wanted, job.kind.metric, job.kind.exact, job.dims, job.query_norms[query], job.query_bounds[query],
                   job.chunk_bounds[chunk]);
  // Sums are minus the squared distance: any d^2 >= score^2 has a root that is no less than -score.
  const float infinity = float_of(0x7F800000u);
  return job.kind.metric == KINDRED_CUDA_EUCLIDEAN ? -nextafterf(wanted * wanted, infinity) : wanted;
}

// The f32 score of a row, by a warp.
KINDRED_DEVICE float float_score(const Warp& warp, const SearchJob& job, int64_t query, int64_t row) {
  const float* const q = job.query_floats + query * job.width;
  const float* const x = job.row_floats + row * job.width;
  const bool euclidean = job.kind.metric == KINDRED_CUDA_EUCLIDEAN;
  PerLane<float> parts;
  warp.lanes([&](int lane) {
    float sum = 0;
    for (int64_t d = lane; d < job.dims; d += kWarp) {
      const float difference = q[d] - x[d];
      sum += euclidean ? difference * difference : q[d] * x[d];
    }
    parts[lane] = sum;
  });
  const float sum = warp.sum(parts);
  return euclidean ? -sqrtf(sum) : sum;
}

// Query n of the tile, by a warp: its buffer holds the k best of what it held, all scored, and the threshold follows.
KINDRED_DEVICE void cut_buffer(const Warp& warp, const SearchJob& job, int64_t query, int n, uint64_t* buffer,
                               SearchMemory& memory) {
  const int count = warp.uniform(memory.counts[n]), scored = warp.uniform(memory.scored[n]);
  const bool rows = job.kind.dtype != KINDRED_CUDA_F32 && job.kind.exact;
  for (int i = rows ? scored : count; i < count; ++i) {
    const int32_t row = static_cast<int32_t>(warp.uniform(buffer[i]));
    const float score = float_score(warp, job, query, row);
    warp.each(1, [&](int64_t) { buffer[i] = key_of(score, row); });
  }
  keep_best(warp, buffer, count, job.k, memory.staging[warp.index], kStagedKeys);
  warp.each(1, [&](int64_t) {
    const int kept = smaller(count, static_cast<int>(job.k));
    memory.counts[n] = kept;
    memory.scored[n] = kept;
    if (kept == job.k && buffer[kept - 1] != kNoKey) memory.wanted[n] = score_of(buffer[kept - 1]);
  });
}

// A score of codes, or an f32 sum, into the buffer of query q of the tile. Few get here.
template <bool codes>
KINDRED_NOINLINE void append(const SearchJob& job, int64_t query, int q, int32_t row, float score, uint64_t* buffers,
                             SearchMemory& memory) {
  if (!eligible(job.filter, query, row)) return;
  uint64_t key = static_cast<uint64_t>(row);
  if (!codes || !job.kind.exact) {
    if (job.kind.metric == KINDRED_CUDA_EUCLIDEAN) {
      if constexpr (codes) {
        const double norm = job.query_norms[query], square = norm * norm - 2.0 * score;
        score = -static_cast<float>(sqrt(square < 0 ? 0.0 : square));
      } else {
        score = -sqrtf(-score);
      }
    }
    key = key_of(score, row);
    if (key == kNoKey) return;
  }
  buffers[q * job.capacity + add_atomic(&memory.counts[q], 1)] = key;
}

// Sum n of a thread, unless the query's threshold rules it out.
template <class Tile>
KINDRED_DEVICE void offer(const SearchJob& job, int64_t first_query, int64_t first_row, int thread, int n,
                          typename Tile::Sum sum, uint64_t* buffers, SearchMemory& memory) {
  const int q = Tile::query_of(thread, n);
  const int64_t query = first_query + q, row = first_row + Tile::row_of(thread, n);
  if (query >= job.queries.count || row >= job.rows.count) return;
  float score = static_cast<float>(sum);
  if constexpr (Tile::kCodes) {
    if (job.row_scales) score *= job.query_scales[query] * job.row_scales[row];
    if (job.row_biases) score += job.row_biases[row];
  }
  if (score <= memory.thresholds[q]) return;
  append<Tile::kCodes>(job, query, q, static_cast<int32_t>(row), score, buffers, memory);
}

template <class Tile>
KINDRED_DEVICE void search_split(const Block& block, const SearchJob& job, int64_t query_tile, int64_t split,
                                 SearchMemory& memory) {
  const int64_t first_query = query_tile * kTileQueries;
  uint64_t* const buffers = job.buffers + (query_tile * job.splits + split) * kTileQueries * job.capacity;
  const int64_t first_tile = split * job.tiles_of_split;
  const int64_t last_tile = smaller(first_tile + job.tiles_of_split, ceil_div(job.rows.count, kTileRows));
  block.each(kTileQueries, [&](int64_t n) {
    memory.counts[n] = memory.scored[n] = 0;
    memory.wanted[n] = float_of(0x7FC00000u);
  });
  PerThread<typename Tile::Sums, kTileThreads> sums;
  for (int64_t tile = first_tile; tile < last_tile; ++tile) {
    const int64_t first_row = tile * kTileRows;
    block.each(kTileQueries, [&](int64_t n) {
      if (first_query + n < job.queries.count)
        memory.thresholds[n] =
            threshold_of(job, Tile::kCodes, first_query + n, first_row / kRowsOfChunk, memory.wanted[n]);
    });
    score_tile<Tile>(block, job.queries, first_query, job.rows, first_row, memory.tiles, sums);
    block.each_thread([&](int thread) {
      KINDRED_UNROLL
      for (int n = 0; n < kSums; ++n)
        offer<Tile>(job, first_query, first_row, thread, n, sums[thread].at[n], buffers, memory);
    });
    block.warps([&](const Warp& warp) {
      for (int n = warp.index; n < kTileQueries; n += kTileWarps)
        if (warp.uniform(memory.counts[n]) > job.capacity - kTileRows)
          cut_buffer(warp, job, first_query + n, n, buffers + n * job.capacity, memory);
    });
  }
  block.warps([&](const Warp& warp) {
    for (int n = warp.index; n < kTileQueries; n += kTileWarps) {
      if (first_query + n >= job.queries.count) continue;
      const uint64_t* const buffer = buffers + n * job.capacity;
      cut_buffer(warp, job, first_query + n, n, buffers + n * job.capacity, memory);
      const int count = warp.uniform(memory.counts[n]);
      uint64_t* const list = job.lists + ((first_query + n) * job.splits + split) * job.k;
      warp.each(job.k, [&](int64_t i) { list[i] = i < count ? buffer[i] : kNoKey; });
    }
  });
}

// The lists of all splits of one query, by a block: indices and scores [queries, k].
KINDRED_DEVICE void merge_lists(const Block& block, const SearchJob& job, int64_t query, uint64_t* memory,
                                int32_t* indices, float* scores) {
  const uint64_t* const keys = job.lists + query * job.splits * job.k;
  const int64_t total = job.splits * job.k;
  int64_t held = 0;
  for (int64_t next = 0; next < total;) {
    const int64_t taken = smaller(kMergeKeys - held, total - next);
    block.each(taken, [&](int64_t i) { memory[held + i] = keys[next + i]; });
    keep_best(block, memory, held + taken, job.k, memory, kMergeKeys);
    held = smaller(held + taken, job.k);
    next += taken;
  }
  block.each(job.k, [&](int64_t i) {
    const uint64_t key = i < held ? memory[i] : kNoKey;
    indices[query * job.k + i] = key == kNoKey ? -1 : row_of(key);
    scores[query * job.k + i] = key == kNoKey ? float_of(0x7FC00000u) : score_of(key);
  });
}

}  // namespace kindred::cuda

// The scores of a tile of queries against a tile of rows, in registers: plain multiplications for f32, mma for codes.
// Both operands come through shared memory, kStepWords of each row at a time, the next step copied meanwhile.
#pragma once

#include "cuda/linalg/mma.h"

namespace kindred::cuda {

constexpr int kTileQueries = 64, kTileRows = 128, kTileThreads = 256;
constexpr int kSums = kTileQueries * kTileRows / kTileThreads;  // of a thread
constexpr int kStepWords = 16;
constexpr int kTileStride = kStepWords + 4;  // words between rows: eight rows of four words touch all banks once

struct TileMemory {
  alignas(16) uint32_t queries[2][kTileQueries * kTileStride];
  alignas(16) uint32_t rows[2][kTileRows * kTileStride];
};

// Rows of words in global memory.
struct WordRows {
  const uint32_t* words;  // [count, width], width a multiple of kWordsOfCopy
  int64_t count, width;
};

// Step `step` of the rows [first, first + rows) into shared memory [rows, kTileStride], zeros beyond either end.
KINDRED_DEVICE void start_step(const Block& block, const WordRows& from, int64_t first, int rows, int64_t step,
                               uint32_t* to) {
  constexpr int kCopies = kStepWords / kWordsOfCopy;
  block.start_copies(rows * kCopies, [&](int64_t i) {
    const int64_t row = i / kCopies, word = i % kCopies * kWordsOfCopy;
    const int64_t from_row = first + row, from_word = step * kStepWords + word;
    const bool valid = from_row < from.count && from_word < from.width;
    copy16(to + row * kTileStride + word, from.words + (valid ? from_row * from.width + from_word : 0), valid);
  });
}

// f32: thread (x, y) of 16 x 16 has the queries y + 16 i and the rows x + 16 j, sum 8 i + j.
template <bool distance>
struct FloatTile {
  using Sum = float;
  static constexpr bool kCodes = false;
  struct Sums {
    float at[kSums];
  };

  KINDRED_BOTH static constexpr int query_of(int thread, int n) { return thread / 16 + n / 8 * 16; }
  KINDRED_BOTH static constexpr int row_of(int thread, int n) { return thread % 16 + n % 8 * 16; }

  KINDRED_DEVICE static void step(const Block& block, const uint32_t* queries, const uint32_t* rows,
                                  PerThread<Sums, kTileThreads>& sums) {
    block.each_thread([&](int thread) {
      float* const at = sums[thread].at;
      KINDRED_UNROLL
      for (int w = 0; w < kStepWords; w += 4) {
        Float4 q[4];
        KINDRED_UNROLL
        for (int i = 0; i < 4; ++i) q[i] = floats_at(queries + query_of(thread, 8 * i) * kTileStride + w);
        KINDRED_UNROLL
        for (int j = 0; j < 8; ++j) {
          const Float4 x = floats_at(rows + row_of(thread, j) * kTileStride + w);
          KINDRED_UNROLL
          for (int i = 0; i < 4; ++i) add(q[i], x, at[8 * i + j]);
        }
      }
    });
  }

 private:
  KINDRED_DEVICE static void add(const Float4& q, const Float4& x, float& sum) {
    if constexpr (distance) {
      sum -= (q.x - x.x) * (q.x - x.x);
      sum -= (q.y - x.y) * (q.y - x.y);
      sum -= (q.z - x.z) * (q.z - x.z);
      sum -= (q.w - x.w) * (q.w - x.w);
    } else {
      sum += q.x * x.x;
      sum += q.y * x.y;
      sum += q.z * x.z;
      sum += q.w * x.w;
    }
  }
};

// Codes: of 2 x 4 warps each has 32 queries and 32 rows, in 2 x 4 products of mma; sum (4 m + n) * 4 + i is number i
// of product (m, n).
template <int32_t dtype>
struct CodeTile {
  using Sum = typename SumOf<dtype>::type;
  static constexpr bool kCodes = true;
  struct Sums {
    Sum at[kSums];
  };

  KINDRED_BOTH static constexpr int query_of(int thread, int n) {
    return thread / kWarp % 2 * 32 + n / 16 * kMmaRows + place_in_c(thread % kWarp, n % 4).row;
  }
  KINDRED_BOTH static constexpr int row_of(int thread, int n) {
    return thread / kWarp / 2 * 32 + n / 4 % 4 * kMmaCols + place_in_c(thread % kWarp, n % 4).col;
  }

  KINDRED_DEVICE static void step(const Block& block, const uint32_t* queries, const uint32_t* rows,
                                  PerThread<Sums, kTileThreads>& sums) {
    block.warps([&](const Warp& warp) {
      const uint32_t* const q = queries + warp.index % 2 * 32 * kTileStride;
      const uint32_t* const x = rows + warp.index / 2 * 32 * kTileStride;
      KINDRED_UNROLL
      for (int w = 0; w < kStepWords; w += kMmaWords) {
        PerLane<FragmentA> a[2];
        PerLane<FragmentB> b[4];
        warp.lanes([&](int lane) {
          KINDRED_UNROLL
          for (int m = 0; m < 2; ++m) KINDRED_UNROLL
          for (int i = 0; i < 4; ++i) {
            const Place at = place_in_a(lane, i);
            a[m][lane].words[i] = q[(m * kMmaRows + at.row) * kTileStride + w + at.col];
          }
          KINDRED_UNROLL
          for (int n = 0; n < 4; ++n) KINDRED_UNROLL
          for (int i = 0; i < 2; ++i) {
            const Place at = place_in_b(lane, i);
            b[n][lane].words[i] = x[(n * kMmaCols + at.col) * kTileStride + w + at.row];
          }
        });
        KINDRED_UNROLL
        for (int m = 0; m < 2; ++m) KINDRED_UNROLL
        for (int n = 0; n < 4; ++n)
          multiply_fragments<dtype>(warp, a[m], b[n],
                                    [&](int lane) { return sums[warp.index * kWarp + lane].at + (4 * m + n) * 4; });
      }
    });
  }
};

// sums = queries [first_query ...) against rows [first_row ...).
template <class Tile>
KINDRED_DEVICE void score_tile(const Block& block, const WordRows& queries, int64_t first_query, const WordRows& rows,
                               int64_t first_row, TileMemory& memory,
                               PerThread<typename Tile::Sums, kTileThreads>& sums) {
  const int64_t steps = ceil_div(queries.width, kStepWords);
  const auto start = [&](int64_t step) {
    start_step(block, queries, first_query, kTileQueries, step, memory.queries[step % 2]);
    start_step(block, rows, first_row, kTileRows, step, memory.rows[step % 2]);
    block.end_of_copies();
  };
  start(0);
  block.each_thread([&](int thread) {
    KINDRED_UNROLL
    for (int n = 0; n < kSums; ++n) sums[thread].at[n] = 0;
  });
  for (int64_t step = 0; step < steps; ++step) {
    if (step + 1 < steps) {
      start(step + 1);
      block.template await_copies<1>();
    } else {
      block.template await_copies<0>();
    }
    Tile::step(block, memory.queries[step % 2], memory.rows[step % 2], sums);
  }
}

}  // namespace kindred::cuda

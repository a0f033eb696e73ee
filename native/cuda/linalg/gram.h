// X'X in double: a block has a tile of the lower triangle and a range of rows; the ranges are added in their order.
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

constexpr int kGramTile = 32, kGramRows = 16, kGramThreads = 256;
constexpr int kGramSums = kGramTile * kGramTile / kGramThreads;

struct GramMemory {
  float left[kGramRows][kGramTile], right[kGramRows][kGramTile];
};

struct GramJob {
  const float* x;  // [rows, cols]
  int64_t rows, cols;
  int64_t splits, rows_of_split;
  double* partial;       // [splits, cols, cols], the lower triangle
  double* partial_sums;  // [splits, cols]
};

// Tile n of the lower triangle of tiles, row by row.
struct TriangleTile {
  int64_t row, col;
};
KINDRED_BOTH TriangleTile triangle_tile(int64_t n) {
  int64_t row = 0, first = 0;
  while (first + row + 1 <= n) first += ++row;
  return {row, n - first};
}

// Element n of a thread's kGramSums.
KINDRED_BOTH constexpr int gram_row(int thread, int n) { return thread / 16 + n / 2 * 16; }
KINDRED_BOTH constexpr int gram_col(int thread, int n) { return thread % 16 + n % 2 * 16; }

KINDRED_DEVICE void gram_tile(const Block& block, const GramJob& job, int64_t tile, int64_t split, GramMemory& memory) {
  const TriangleTile at = triangle_tile(tile);
  const int64_t first_row = at.row * kGramTile, first_col = at.col * kGramTile;
  const int64_t begin = split * job.rows_of_split, end = smaller(begin + job.rows_of_split, job.rows);
  struct Sums {
    double at[kGramSums];
  };
  PerThread<Sums, kGramThreads> sums;
  block.each_thread([&](int thread) {
    KINDRED_UNROLL
    for (int n = 0; n < kGramSums; ++n) sums[thread].at[n] = 0;
  });
  for (int64_t r0 = begin; r0 < end; r0 += kGramRows) {
    block.each(kGramRows * kGramTile, [&](int64_t i) {
      const int64_t r = r0 + i / kGramTile, c = i % kGramTile;
      const auto value = [&](int64_t col) { return r < end && col < job.cols ? job.x[r * job.cols + col] : 0.0f; };
      memory.left[i / kGramTile][c] = value(first_row + c);
      memory.right[i / kGramTile][c] = value(first_col + c);
    });
    block.each_thread([&](int thread) {
      for (int r = 0; r < kGramRows; ++r) {
        KINDRED_UNROLL
        for (int n = 0; n < kGramSums; ++n)
          sums[thread].at[n] +=
              static_cast<double>(memory.left[r][gram_row(thread, n)]) * memory.right[r][gram_col(thread, n)];
      }
    });
  }
  block.each_thread([&](int thread) {
    KINDRED_UNROLL
    for (int n = 0; n < kGramSums; ++n) {
      const int64_t row = first_row + gram_row(thread, n), col = first_col + gram_col(thread, n);
      if (row < job.cols && col <= row) job.partial[(split * job.cols + row) * job.cols + col] = sums[thread].at[n];
    }
  });
}

// Of one column and split.
KINDRED_DEVICE void column_sum(const GramJob& job, int64_t col, int64_t split) {
  const int64_t begin = split * job.rows_of_split, end = smaller(begin + job.rows_of_split, job.rows);
  double sum = 0;
  for (int64_t r = begin; r < end; ++r) sum += job.x[r * job.cols + col];
  job.partial_sums[split * job.cols + col] = sum;
}

// Place n of the whole [cols, cols] of split 0, of all splits; call it for the lower triangle first.
KINDRED_DEVICE void add_splits(const GramJob& job, int64_t n) {
  if (n % job.cols > n / job.cols) return;
  double sum = 0;
  for (int64_t split = 0; split < job.splits; ++split) sum += job.partial[split * job.cols * job.cols + n];
  job.partial[n] = sum;
}

KINDRED_DEVICE void mirror(double* full, int64_t cols, int64_t n) {
  if (n % cols > n / cols) full[n] = full[n % cols * cols + n / cols];
}

}  // namespace kindred::cuda

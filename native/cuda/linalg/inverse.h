// Inversion of a symmetric positive definite matrix in place by sweeps of blocks of pivots (Goodnight 1979, "A tutorial
// on the SWEEP operator"; kindred/linalg/inverse.h on the CPU). With K the block and D = A_KK: A_ij -= A_iK D^-1 A_Kj,
// then A_iK <- A_iK D^-1, A_KK <- -D^-1; of A only the lower triangle counts.
#pragma once

#include "cuda/linalg/products.h"

namespace kindred::cuda {

constexpr int kPivots = 64;  // of a block
constexpr int kPivotThreads = 256;

// What must remain of a diagonal element when its turn comes: rounding has blurred about 1e-7 of it by then.
constexpr double kLeastRemainder = 1.0 / (1 << 16);

struct InversionJob {
  float* a;  // [n, n]
  int64_t n;
  const float* diagonal;  // [n], of the matrix as given
  float* taken;           // [n, kPivots]: A_iK, zeros in the rows of the block
  float* multiplied;      // [n, kPivots]: A_iK D^-1
  float* inverse;         // [kPivots, kPivots]: D^-1
  int64_t* first_bad;     // the first pivot of which too little remains
};

struct PivotMemory {
  double block[kPivots][kPivots];
  double column[kPivots];
};

// D^-1 of the block from `begin`, by one block of threads, in double.
KINDRED_DEVICE void invert_pivots(const Block& block, const InversionJob& job, int64_t begin, PivotMemory& memory) {
  const int64_t size = smaller<int64_t>(kPivots, job.n - begin);
  block.each(kPivots * kPivots, [&](int64_t e) {
    const int64_t i = e / kPivots, j = e % kPivots, row = larger(i, j), col = smaller(i, j);
    memory.block[i][j] = row < size ? job.a[(begin + row) * job.n + begin + col] : i == j ? 1.0 : 0.0;
  });
  for (int64_t p = 0; p < kPivots; ++p) {
    const double pivot = block.uniform(memory.block[p][p]);
    if (p < size && !(pivot > kLeastRemainder * job.diagonal[begin + p])) {
      block.each(1, [&](int64_t) { min_atomic(job.first_bad, begin + p); });
      return;
    }
    block.each(kPivots, [&](int64_t i) { memory.column[i] = memory.block[i][p]; });
    block.each(kPivots * kPivots, [&](int64_t e) {
      const int64_t i = e / kPivots, j = e % kPivots;
      const double ci = memory.column[i], cj = memory.column[j];
      memory.block[i][j] = i == p && j == p ? -1 / pivot
                           : i == p         ? cj / pivot
                           : j == p         ? ci / pivot
                                            : memory.block[i][j] - ci * cj / pivot;
    });
  }
  block.each(kPivots * kPivots,
             [&](int64_t e) { job.inverse[e] = static_cast<float>(-memory.block[e / kPivots][e % kPivots]); });
}

// Element e of taken.
KINDRED_DEVICE void take_column(const InversionJob& job, int64_t begin, int64_t e) {
  const int64_t i = e / kPivots, k = begin + e % kPivots, end = smaller(begin + kPivots, job.n);
  job.taken[e] = k >= end || (i >= begin && i < end) ? 0.0f : i >= end ? job.a[i * job.n + k] : job.a[k * job.n + i];
}

// Element e of multiplied.
KINDRED_DEVICE void multiply_column(const InversionJob& job, int64_t e) {
  const float* const row = job.taken + e / kPivots * kPivots;
  float sum = 0;
  for (int k = 0; k < kPivots; ++k) sum += row[k] * job.inverse[k * kPivots + e % kPivots];
  job.multiplied[e] = sum;
}

// A tile of A_ij -= A_iK D^-1 A_Kj, which touches the lower triangle.
KINDRED_DEVICE void update_tile(const Block& block, const InversionJob& job, int64_t row_tile, int64_t col_tile,
                                TileMemory& memory) {
  const int64_t first_row = row_tile * kTileQueries, first_col = col_tile * kTileRows;
  if (first_col > first_row + kTileQueries - 1) return;
  const WordRows left{reinterpret_cast<const uint32_t*>(job.multiplied), job.n, kPivots};
  const WordRows right{reinterpret_cast<const uint32_t*>(job.taken), job.n, kPivots};
  product_tile(block, left, first_row, right, first_col, memory, [&](int64_t i, int64_t j, float product) {
    if (j <= i) job.a[i * job.n + j] -= product;
  });
}

// Element e of multiplied back to its place, and of -D^-1.
KINDRED_DEVICE void put_column(const InversionJob& job, int64_t begin, int64_t e) {
  const int64_t i = e / kPivots, k = begin + e % kPivots, end = smaller(begin + kPivots, job.n);
  if (k >= end) return;
  if (i >= end)
    job.a[i * job.n + k] = job.multiplied[e];
  else if (i < begin)
    job.a[k * job.n + i] = job.multiplied[e];
  else if (k <= i)
    job.a[i * job.n + k] = -job.inverse[(i - begin) * kPivots + k - begin];
}

// From the lower triangle of minus the inverse P: P itself, whole; element e.
KINDRED_DEVICE void inverse_of_negated(float* a, int64_t n, int64_t e) {
  const int64_t i = e / n, j = e % n;
  if (j > i) return;
  const float value = -a[e];
  a[e] = value;
  a[j * n + i] = value;
}

// The weights of EASE (Steck 2019, equation 8): -P[i][j] / P[j][j], 0 on the diagonal. scale[j] = 1 / P[j][j].
KINDRED_DEVICE void weights_of_negated(float* a, int64_t n, const float* scale, int64_t e) {
  const int64_t i = e / n, j = e % n;
  if (j > i) return;
  const float value = a[e];
  a[j * n + i] = value * scale[i];
  a[e] = i == j ? 0.0f : value * scale[j];
}

}  // namespace kindred::cuda

// The table of kernels that exist once per instruction set. Everything above it is compiled once, for the baseline.
#pragma once

#include <cstdint>

#include "cpu/als_kernels.h"
#include "cpu/sgd_kernels.h"

namespace kindred {

// Items are scored in panels of this many, stored [dims][kPanel], so that a score is one sequential sum over dims
// whatever the blocking around it: the same pair gives the same bits in every call. One 64-bit mask covers a panel.
constexpr int64_t kPanel = 64;

// A row-major matrix whose rows are `stride` elements apart.
struct StridedRows {
  const double* data;
  int64_t stride;
};

// Rows and columns of c that one call of gemm_tile computes.
struct GemmTile {
  int64_t rows, cols;
};

struct Kernels {
  // vector.cpp: n is any length, pointers need no alignment
  float (*dot)(const float* a, const float* b, int64_t n);
  void (*axpy)(float alpha, const float* x, float* y, int64_t n);  // y += alpha x
  void (*scale)(float alpha, float* x, int64_t n);                 // x *= alpha
  void (*maximum)(const float* x, float* y, int64_t n);            // y = max(y, x)
  double (*dot_f64)(const double* a, const double* b, int64_t n);
  void (*axpy_f64)(double alpha, const double* x, double* y, int64_t n);

  // rows.cpp: out[d] = sum over t < n of scales[ids[t]] * rows[ids[t]][d], rows [any, dims]
  void (*sum_rows_i8)(const int8_t* rows, const float* scales, int64_t dims, const int32_t* ids, int64_t n, float* out);

  // score.cpp: out[q][0..kPanel) for nq queries [nq, dims] against one panel [dims][kPanel]. The panel `ahead` floats
  // further is fetched meanwhile, unless that is 0; it need not exist.
  void (*dot_panel)(const float* queries, int64_t query_stride, int64_t nq, const float* panel, int64_t dims,
                    int64_t ahead, float* out, int64_t out_stride);
  void (*distance_panel)(const float* queries, int64_t query_stride, int64_t nq, const float* panel, int64_t dims,
                         int64_t ahead, float* out, int64_t out_stride);  // squared Euclidean distance
  // masks[q], bit i: not scores[q][i] <= thresholds[q], i < kPanel, for `count` rows of scores; NaN on either side sets
  // it
  void (*beyond)(const float* scores, const float* thresholds, int64_t count, uint64_t* masks);

  // product.cpp: out[i][j] += sum over r of p[r][i] q[r][j]; p [rows, m], q [rows, n], out [m, n].
  // With `lower`, only j <= i is needed (some j > i are written too) and m == n.
  void (*transposed_product)(StridedRows p, int64_t m, StridedRows q, int64_t n, int64_t rows, bool lower, double* out,
                             int64_t out_stride);

  // gemm.cpp: c [tile] += a b over packed strips a [depth][tile.rows], b [depth][tile.cols].
  // The tile `ahead` floats further is fetched meanwhile; it need not exist.
  void (*gemm_tile)(const float* a, const float* b, int64_t depth, float* c, int64_t c_stride, int64_t ahead);
  GemmTile gemm_tile_shape;

  AlsKernels als;  // als.cpp, als_compact.cpp, als_exact.cpp
  SgdKernels sgd;  // sgd.cpp
};

// The table of the instruction set that backend() names.
const Kernels& kernels();

extern const Kernels kernels_avx512, kernels_avx2, kernels_baseline, kernels_portable;

}  // namespace kindred

// The table of kernels that exist once per instruction set. Everything above it is compiled once, for the baseline.
#pragma once

#include <stdint.h>

#include "cpu/als/als_kernels.h"
#include "cpu/linalg/bf16_kernels.h"
#include "cpu/linalg/int8_kernels.h"
#include "cpu/linear/linear_kernels.h"
#include "cpu/nn/nn_kernels.h"
#include "cpu/sgd/sgd_kernels.h"
#include "cpu/words/words_kernels.h"

namespace kindred {

// Items are scored in panels of this many, as two halves of [units][kHalfPanel] words; a unit is one dimension of f32,
// two of bf16, four of int8. A score is one sequential sum over the units whatever the blocking around it: the same
// pair gives the same bits in every call. One 64-bit mask covers a panel.
constexpr int64_t kPanel = 64;
constexpr int64_t kHalfPanel = 32;

// One panel and the queries to score against it. Queries come in blocks of at most `query_block` of the table, as
// QueryBlocks of cpu/search/query_blocks.h cuts them, each as [units][queries of the block] words.
struct PanelSearch {
  const uint32_t* queries;
  int64_t nq;
  const uint32_t* panel;
  int64_t units;
  int64_t ahead;            // the panel so many words further is fetched meanwhile, unless 0; it need not exist
  const float* thresholds;  // [nq]
  uint64_t* masks;          // [nq] out, bit i: not score of item i <= threshold; NaN on either side sets it
  float* scores;            // [nq][kPanel] out, where the bit is set; what lies elsewhere is unspecified
  // score_i8 alone: score = query_scale * item_scale * (sum + query_start)
  const float* query_scales = nullptr;    // [nq]
  const int32_t* query_starts = nullptr;  // [nq]
  const float* item_scales = nullptr;     // [kPanel]
  // score_i8 and score_bf16: added to the score of an item, or null
  const float* item_biases = nullptr;  // [kPanel]
};

// A row-major matrix whose rows are `stride` elements apart.
struct StridedRows {
  const double* data;
  int64_t stride;
};

// Patterns are counted in blocks of this many: one cache line of bits.
constexpr int64_t kPatterns = 512;

// Bounds on the similarity of one pattern with others: it counts above the lower of both floors.
struct PatternBounds {
  float size;   // of the one pattern: its norm, or (Jaccard) how many ids it has
  float floor;  // of the one pattern
  float shrinkage;
  bool jaccard;
  const float* sizes;   // [kPatterns], of the others
  const float* floors;  // [kPatterns]
};

// Rows and columns of c that one call of gemm_tile computes.
struct GemmTile {
  int64_t rows, cols;
};

// Where gemm_tile adds its sums, or what it overwrites with them and the bias [cols] unless that is null. The tile
// `ahead` floats further is fetched meanwhile; it need not exist.
struct GemmTarget {
  float* c;
  int64_t stride;
  int64_t ahead = 0;
  bool overwrite = false;
  const float* bias = nullptr;
};

// An entry of a column of a sparse matrix.
struct WeightedRow {
  int32_t row;
  float weight;
};

// PatternBounds for cosines of weighted rows.
struct ProductBounds {
  double size;  // norm of the one row
  float floor;
  double shrinkage;
  const double* sizes;  // [kPatterns], of the others
  const float* floors;  // [kPatterns]
};

struct Kernels {
  // linalg/isa/vector.cpp: n is any length, pointers need no alignment
  float (*dot)(const float* a, const float* b, int64_t n);
  void (*axpy)(float alpha, const float* x, float* y, int64_t n);  // y += alpha x
  void (*scale)(float alpha, float* x, int64_t n);                 // x *= alpha
  void (*maximum)(const float* x, float* y, int64_t n);            // y = max(y, x), NaN where either is
  double (*dot_f64)(const double* a, const double* b, int64_t n);
  void (*axpy_f64)(double alpha, const double* x, double* y, int64_t n);
  void (*axpy_widened)(double alpha, const float* x, double* y, int64_t n);
  void (*rotate_f64)(double c, double s, double* x, double* y, int64_t n);  // (x, y) = (c x - s y, s x + c y)

  // linear/isa/columns.cpp: the same, floats widened to double
  double (*dot_widened)(const float* a, const double* b, int64_t n);
  double (*weighted_square)(const float* x, const double* weights, int64_t n);  // sum of weights x^2
  void (*axpy_weighted)(double alpha, const float* x, const double* weights, double* y, int64_t n);  // y += alpha w x

  // text/isa/sum_rows.cpp: out[d] = sum over t < n of scales[ids[t]] * rows[ids[t]][d], rows [any, dims]
  void (*sum_rows_i8)(const int8_t* rows, const float* scales, int64_t dims, const int32_t* ids, int64_t n, float* out);

  // search/isa/score.cpp
  int64_t query_block;
  void (*score_dot)(const PanelSearch& search);       // f32
  void (*score_distance)(const PanelSearch& search);  // f32: minus the squared Euclidean distance
  // masks[q], bit i: not scores[q][i] <= thresholds[q], i < kPanel, for `count` rows of scores; NaN on either side sets
  // it
  void (*beyond)(const float* scores, const float* thresholds, int64_t count, uint64_t* masks);

  // search/isa/score_bf16.cpp, score_i8.cpp: dot products of codes, items of int8 as unsigned bytes
  void (*score_bf16)(const PanelSearch& search);
  void (*score_i8)(const PanelSearch& search);

  // search/isa/rerank.cpp: out[i] = the score that score_dot, score_distance give the query [dims] and rows[i] [dims],
  // to the bit
  void (*dot_of_rows)(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out);
  void (*distance_of_rows)(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out);

  // linalg/isa/gram_product.cpp: out[i][j] += sum over r of p[r][i] q[r][j]; p [rows, m], q [rows, n], out [m, n].
  // With `lower`, only j <= i is needed (some j > i are written too) and m == n.
  void (*transposed_product)(StridedRows p, int64_t m, StridedRows q, int64_t n, int64_t rows, bool lower, double* out,
                             int64_t out_stride);

  // linalg/isa/gemm.cpp: out[k * out_step + r] = scale * rows[r * row_step + k] for r < count, k < depth
  void (*transpose)(const float* rows, int64_t row_step, int64_t count, int64_t depth, float scale, float* out,
                    int64_t out_step);
  // target += a b over packed strips a [depth][tile.rows], b [depth][tile.cols]
  void (*gemm_tile)(const float* a, const float* b, int64_t depth, const GemmTarget& target);
  GemmTile gemm_tile_shape;
  // linalg/isa/gemm.cpp: out[s][k][c] = scale * rows[k * row_step + s * width + c], s below count, k below depth, c
  // below width
  void (*copy_strips)(const float* rows, int64_t row_step, int64_t width, int64_t count, int64_t depth, float scale,
                      float* out);

  // linalg/isa/gram_product.cpp: strips of gram_strip columns, out[s][k][c] = rows[k * row_step + j] - shift[j] for the
  // column j = s * gram_strip + c, zeros from `cols` on; sums[j] += the sum of column j. Rows are prefetched a few
  // beyond the last.
  int64_t gram_strip;
  void (*centred_strips)(const float* rows, int64_t row_step, const float* shift, int64_t cols, int64_t depth,
                         float* out, double* sums);
  // linalg/isa/gemm.cpp: target += a' b, a [depth][gram_strip] and b likewise: rows and columns of a tile within strips
  void (*gram_tile)(const float* a, const float* b, int64_t depth, const GemmTarget& target);

  // neighbors/isa/pattern_counts.cpp: counts[c] = how many ids[0 .. n) have bit c set among their
  // bits[id][0 .. kPatterns), n < 2^31
  void (*count_patterns)(const uint64_t* bits, const int32_t* ids, int64_t n, int32_t* counts);
  // masks [kPatterns / 64], bit c: the similarity that counts[c] makes lies above min(floor, floors[c])
  void (*similar_patterns)(const int32_t* counts, const PatternBounds& bounds, uint64_t* masks);

  // sparse/isa/sparse_dot.cpp: dots[row] += weight * its weight, for n entries of different rows; each sum in double
  void (*add_products)(const WeightedRow* entries, int64_t n, double weight, double* dots);
  // similar_patterns for dots [kPatterns]
  void (*similar_products)(const double* dots, const ProductBounds& bounds, uint64_t* masks);

  // linalg/isa/gemm_bf16.cpp, gemm_int8.cpp; null where the set has no such products
  Bf16Kernels bf16;
  Int8Kernels int8;

  AlsKernels als;  // als/isa/als.cpp, als_compact.cpp, als_exact.cpp
  SgdKernels sgd;  // sgd/isa/sgd.cpp
  LinearKernels linear;
  WordsKernels words;
  NnKernels nn;
};

// The table of the instruction set that backend() names.
const Kernels& kernels();

extern const Kernels kernels_avx512, kernels_avx2, kernels_baseline, kernels_portable;
const Kernels& kernels_avx512bf16();  // those of avx512 but score_bf16, score_i8, bf16, int8
const Kernels& kernels_amx();         // those of avx512bf16 but bf16, int8

}  // namespace kindred

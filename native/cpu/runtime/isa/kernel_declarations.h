// The kernels of one instruction set, as its table names them.
#pragma once

#include "cpu/runtime/isa/simd.h"
#include "cpu/runtime/kernel_table.h"

namespace kindred::KINDRED_NAMESPACE {

// gemm_tile: 12 x 2 sums, 2 vectors of b and a broadcast fill AVX-512's 32 registers; 6 x 2 the 16 of the others.
constexpr int kGemmRows = kManyRegisters ? 12 : 6;
constexpr int kGemmVectors = 2;
constexpr int64_t kGemmCols = kGemmVectors * kFloats;
constexpr int64_t kGramStrip = 3 * kGemmCols;  // a multiple of kGemmRows too: tiles of X'X lie within strips

float dot(const float* a, const float* b, int64_t n);
void axpy(float alpha, const float* x, float* y, int64_t n);
void scale(float alpha, float* x, int64_t n);
void maximum(const float* x, float* y, int64_t n);
double dot_f64(const double* a, const double* b, int64_t n);
void axpy_f64(double alpha, const double* x, double* y, int64_t n);
void axpy_widened(double alpha, const float* x, double* y, int64_t n);
void rotate_f64(double c, double s, double* x, double* y, int64_t n);
double dot_widened(const float* a, const double* b, int64_t n);
float ftrl_sum(const float* state, const int32_t* cells, const float* values, int64_t count, const FtrlRates& rates,
               const FtrlScratch& scratch);
void ftrl_step(float* state, const int32_t* cells, int64_t count, float error, float by_alpha,
               const FtrlScratch& scratch, float* deltas);
void ftrl_places(const int32_t* indices, int64_t count, uint32_t salt, uint32_t mask, int32_t* out);
double weighted_square(const float* x, const double* weights, int64_t n);
void axpy_weighted(double alpha, const float* x, const double* weights, double* y, int64_t n);
void sum_rows_i8(const int8_t* rows, const float* scales, int64_t dims, const int32_t* ids, int64_t n, float* out);
void score_dot(const PanelSearch& search);
void score_distance(const PanelSearch& search);
void score_bf16(const PanelSearch& search);
void score_i8(const PanelSearch& search);
void dot_of_rows(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out);
void distance_of_rows(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out);
void beyond(const float* scores, const float* thresholds, int64_t count, uint64_t* masks);
void transposed_product(StridedRows p, int64_t m, StridedRows q, int64_t n, int64_t rows, bool lower, double* out,
                        int64_t out_stride);
void als_gather(const float* rows, int64_t stride, int64_t width, const int32_t* ids, int64_t count,
                const float* scales, const float* weights, float* panel);
void als_panel_products(const float* panel, int64_t count, int64_t width, float sign, const float* p, float* out);
void als_confidence(const float* weights, int64_t count, float alpha, float unobserved, float* roots, float* targets);
void als_panel_combine(const float* panel, int64_t count, int64_t width, const float* s, float* out);
void als_compact(const float* rows, int64_t count, int64_t width, uint16_t* out);
void als_gather_compact(const uint16_t* rows, int64_t width, const int32_t* ids, int64_t count, int64_t known,
                        uint16_t* panel);
void als_compact_pass(const uint16_t* panel, int64_t count, int64_t width, const float* a, const float* b,
                      const float* p, float* out);
void als_rows_times(const float* rows, int64_t count, int64_t width, const float* M, float* out);
void als_panel_gram(const float* panel, int64_t count, int64_t width, float* out);
void als_row_products(const float* panel, int64_t count, int64_t width, float* transposed, float* out);
bool als_solve(float* a, int64_t n, float* b);
double sgd_bpr(const SgdTarget& target, const BprSample* samples, int64_t count, SgdChange change);
double sgd_rating(const SgdTarget& target, float mean, const RatingSample* samples, int64_t count, SgdChange change,
                  double loss);
double bpr_user_ascent(const SgdTarget& target, const float* x, const BprSample* samples, const int32_t* places,
                       int64_t count, float* weights, float* ascent);
float bpr_item_ascent(const SgdTarget& target, const BprSample* samples, const int32_t* places, int64_t count,
                      const float* weights, float* ascent);
void sgd_step(const SgdStep& step, const float* ascent, float* v, float* mean, float* square, int64_t n);
void sgd_drift(const SgdDrift& drift, float* v, float* mean, float* square, int64_t n);
void skip_gram(const WordTables& tables, const WordPair* pairs, int64_t count, const int32_t* negatives,
               int64_t negative_count, float rate);
void cbow_window(const WordTables& tables, const int32_t* inputs, int64_t count, const int32_t* outputs,
                 int64_t output_count, float rate, float* mean, float* errors, float* ascent);
double glove(const GloveTables& tables, const MetPair* pairs, int64_t count);
void transpose(const float* rows, int64_t row_step, int64_t count, int64_t depth, float scale, float* out,
               int64_t out_step);
void gemm_tile(const float* a, const float* b, int64_t depth, const GemmTarget& target);
void centred_strips(const float* rows, int64_t row_step, const float* shift, int64_t cols, int64_t depth, float* out,
                    double* sums);
void gram_tile(const float* a, const float* b, int64_t depth, const GemmTarget& target);
void copy_strips(const float* rows, int64_t row_step, int64_t width, int64_t count, int64_t depth, float scale,
                 float* out);
void count_patterns(const uint64_t* bits, const int32_t* ids, int64_t n, int32_t* counts);
void similar_patterns(const int32_t* counts, const PatternBounds& bounds, uint64_t* masks);
void add_products(const WeightedRow* entries, int64_t n, double weight, double* dots);
void similar_products(const double* dots, const ProductBounds& bounds, uint64_t* masks);
void nn_activate(int kind, const float* x, int64_t n, float* y);
void nn_activation_gradient(int kind, const float* x, const float* dy, int64_t n, float* dx);
void nn_layer_norm(const float* x, const float* gamma, const float* beta, int64_t n, float epsilon, float* y,
                   float* mean, float* rstd);
void nn_layer_norm_gradient(const float* x, const float* gamma, float mean, float rstd, const float* dy, int64_t n,
                            float* dx, float* dgamma, float* dbeta);
void nn_dropout(const float* x, int64_t n, uint32_t least, float scale, uint64_t key, int64_t pair, float* y);
float nn_softmax(const float* x, int64_t n, float* y);
void nn_update(const UpdateStep& step, const float* gradient, int64_t n, float* weights, float* first, float* second);
void nn_blend(float keep, float share, const float* x, int64_t n, float* y);
void nn_softmax_gradient(const float* y, const float* dy, int64_t n, float* dx);
void nn_log_softmax_gradient(const float* y, const float* dy, int64_t n, float* dx);
void nn_rms_norm(const float* x, const float* gamma, int64_t n, float epsilon, float* y, float* rstd);
void nn_rms_norm_gradient(const float* x, const float* gamma, float rstd, const float* dy, int64_t n, float* dx,
                          float* dgamma);
void nn_combine(int kind, const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t n, float* y);
void nn_apply(int kind, const float* x, int64_t n, float* y);
void nn_rotate(const float* x, const float* cosines, const float* sines, int64_t half, float* y);
constexpr int64_t kAttentionBlock = 4;  // queries computed together
int64_t nn_attention_scratch(int64_t n, int64_t dims);
void nn_attend_begin(const HeadShape& shape, const float* k, const float* v, float* scratch);
void nn_attend(const HeadShape& shape, int64_t begin, int64_t end, const float* q, float* y, float* log_sums,
               int64_t log_step, float* scratch);
void nn_attend_gradient_begin(const HeadShape& shape, const float* k, const float* v, float* scratch);
void nn_attend_gradient(const HeadShape& shape, int64_t begin, int64_t end, const float* q, const float* y,
                        const float* log_sums, int64_t log_step, const float* dy, float* dq, float* dbiases,
                        float* scratch);
void nn_attend_gradient_end(const HeadShape& shape, float* dk, float* dv, float* scratch);

}  // namespace kindred::KINDRED_NAMESPACE

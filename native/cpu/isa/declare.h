// The kernels of one instruction set, as its table names them.
#pragma once

#include "cpu/isa/simd.h"
#include "cpu/kernels.h"

namespace kindred::KINDRED_NAMESPACE {

float dot(const float* a, const float* b, int64_t n);
void axpy(float alpha, const float* x, float* y, int64_t n);
void scale(float alpha, float* x, int64_t n);
void maximum(const float* x, float* y, int64_t n);
double dot_f64(const double* a, const double* b, int64_t n);
void axpy_f64(double alpha, const double* x, double* y, int64_t n);
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
void als_cg_row(const float* YtY, const float* Y, int64_t factors, const int32_t* items, const float* weights,
                int64_t count, float alpha, int steps, float* x, float* scratch);
void count_patterns(const uint64_t* bits, const int32_t* ids, int64_t n, int32_t* counts);
void similar_patterns(const int32_t* counts, const PatternBounds& bounds, uint64_t* masks);
void add_products(const WeightedRow* entries, int64_t n, double weight, double* dots);
void similar_products(const double* dots, const ProductBounds& bounds, uint64_t* masks);

}  // namespace kindred::KINDRED_NAMESPACE

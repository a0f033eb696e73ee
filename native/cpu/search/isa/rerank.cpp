// Scores of single rows, by the same sequence of operations as in panels.
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kRows = 8;  // as many sums at once hide the latency of each

// As the compiler makes a * b + c of vectors in panels. For scalars it would vectorise the products alone.
KINDRED_INLINE float multiply_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

template <bool Distance>
KINDRED_INLINE void score_rows(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out) {
  for (int64_t first = 0; first < count; first += kRows) {
    const float* of[kRows];
    float sums[kRows] = {};
    for (int64_t i = 0; i < kRows; ++i) of[i] = rows[first + i < count ? first + i : first];
    for (int64_t t = 0; t < dims; ++t)
#pragma GCC unroll 8
      for (int64_t i = 0; i < kRows; ++i) {
        const float difference = query[t] - of[i][t];
        sums[i] = Distance ? multiply_add(-difference, difference, sums[i]) : multiply_add(query[t], of[i][t], sums[i]);
      }
    for (int64_t i = 0; i < kRows && first + i < count; ++i) out[first + i] = sums[i];
  }
}

}  // namespace

void dot_of_rows(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out) {
  score_rows<false>(query, rows, count, dims, out);
}

void distance_of_rows(const float* query, const float* const* rows, int64_t count, int64_t dims, float* out) {
  score_rows<true>(query, rows, count, dims, out);
}

}  // namespace kindred::KINDRED_NAMESPACE

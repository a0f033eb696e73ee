// Columns of floats against vectors of doubles: what coordinate descent does all day.
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

typedef float half __attribute__((vector_size(KINDRED_VECTOR_BYTES / 2)));
typedef float half_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES / 2), aligned(4), may_alias));

KINDRED_INLINE vd widened(const float* p) {
  return __builtin_convertvector(*reinterpret_cast<const half_unaligned*>(p), vd);
}

}  // namespace

double dot_widened(const float* a, const double* b, int64_t n) {
  vd s0{}, s1{}, s2{}, s3{};
  int64_t i = 0;
  for (; i + 4 * kDoubles <= n; i += 4 * kDoubles) {
    s0 += widened(a + i) * load(b + i);
    s1 += widened(a + i + kDoubles) * load(b + i + kDoubles);
    s2 += widened(a + i + 2 * kDoubles) * load(b + i + 2 * kDoubles);
    s3 += widened(a + i + 3 * kDoubles) * load(b + i + 3 * kDoubles);
  }
  for (; i + kDoubles <= n; i += kDoubles) s0 += widened(a + i) * load(b + i);
  double total = sum((s0 + s1) + (s2 + s3));
  for (; i < n; ++i) total += static_cast<double>(a[i]) * b[i];
  return total;
}

double weighted_square(const float* x, const double* weights, int64_t n) {
  vd s0{}, s1{};
  int64_t i = 0;
  for (; i + 2 * kDoubles <= n; i += 2 * kDoubles) {
    const vd a = widened(x + i), b = widened(x + i + kDoubles);
    s0 += a * a * load(weights + i);
    s1 += b * b * load(weights + i + kDoubles);
  }
  double total = sum(s0 + s1);
  for (; i < n; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]) * weights[i];
  return total;
}

void axpy_weighted(double alpha, const float* x, const double* weights, double* y, int64_t n) {
  int64_t i = 0;
  for (; i + kDoubles <= n; i += kDoubles) store(y + i, load(y + i) + alpha * widened(x + i) * load(weights + i));
  for (; i < n; ++i) y[i] += alpha * static_cast<double>(x[i]) * weights[i];
}

}  // namespace kindred::KINDRED_NAMESPACE

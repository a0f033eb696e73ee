#include "cpu/linalg/isa/vector.h"

#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {

float dot(const float* a, const float* b, int64_t n) { return dot_f32(a, b, n); }

void axpy(float alpha, const float* x, float* y, int64_t n) { axpy_f32(alpha, x, y, n); }

void scale(float alpha, float* x, int64_t n) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) store(x + i, alpha * load(x + i));
  for (; i < n; ++i) x[i] *= alpha;
}

void maximum(const float* x, float* y, int64_t n) {
  int64_t i = 0;
  for (; i + kFloats <= n; i += kFloats) {
    const vf a = load(x + i), b = load(y + i);
    store(y + i, (a > b) | (a != a) ? a : b);
  }
  for (; i < n; ++i) y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

void axpy_widened(double alpha, const float* x, double* y, int64_t n) {
  typedef float half __attribute__((vector_size(KINDRED_VECTOR_BYTES / 2)));
  typedef float half_unaligned __attribute__((vector_size(KINDRED_VECTOR_BYTES / 2), aligned(4), may_alias));
  int64_t i = 0;
  for (; i + kDoubles <= n; i += kDoubles) {
    const half floats = *reinterpret_cast<const half_unaligned*>(x + i);
    store(y + i, load(y + i) + alpha * __builtin_convertvector(floats, vd));
  }
  for (; i < n; ++i) y[i] += alpha * static_cast<double>(x[i]);
}

double dot_f64(const double* a, const double* b, int64_t n) { return dot_inline<double, vd, kDoubles>(a, b, n); }

void axpy_f64(double alpha, const double* x, double* y, int64_t n) { axpy_inline<double, kDoubles>(alpha, x, y, n); }

void rotate_f64(double c, double s, double* x, double* y, int64_t n) {
  int64_t i = 0;
  for (; i + kDoubles <= n; i += kDoubles) {
    const vd a = load(x + i), b = load(y + i);
    store(x + i, c * a - s * b);
    store(y + i, s * a + c * b);
  }
  for (; i < n; ++i) {
    const double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

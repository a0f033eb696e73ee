#include <cfloat>
#include <cmath>

#include "cpu/isa/declare.h"
#include "cpu/isa/vector.h"

namespace kindred::KINDRED_NAMESPACE {

// Numbers left the range of floats: NaN tells the caller, the start of the iteration would pass for a solution.
static void overflow(float* x, int64_t factors) {
  for (int64_t f = 0; f < factors; ++f) x[f] = NAN;
}

// Takacs, Pilaszy and Tikk 2011, "Applications of the conjugate gradient method for implicit feedback collaborative
// filtering", section 3.2: the matrix is never formed, A p = YtY p + sum_i (c_i - 1) (y_i . p) y_i.
void als_cg_row(const float* YtY, const float* Y, int64_t factors, const int32_t* items, const float* weights,
                int64_t count, float alpha, int steps, float* x, float* scratch) {
  float* r = scratch;
  float* p = scratch + factors;
  float* Ap = scratch + 2 * factors;

  // r = b - A x
  for (int64_t f = 0; f < factors; ++f) r[f] = -dot_f32(YtY + f * factors, x, factors);
  for (int64_t n = 0; n < count; ++n) {
    const float* y = Y + items[n] * factors;
    const float preference = weights[n] > 0 ? 1.0f : 0.0f;
    const float c1 = alpha * (weights[n] > 0 ? weights[n] : -weights[n]);
    axpy_f32((1.0f + c1) * preference - c1 * dot_f32(y, x, factors), y, r, factors);
  }
  for (int64_t f = 0; f < factors; ++f) p[f] = r[f];
  float rr = dot_f32(r, r, factors);
  if (!(rr <= FLT_MAX)) return overflow(x, factors);

  for (int step = 0; step < steps && rr > 1e-20f; ++step) {
    for (int64_t f = 0; f < factors; ++f) Ap[f] = dot_f32(YtY + f * factors, p, factors);
    for (int64_t n = 0; n < count; ++n) {
      const float* y = Y + items[n] * factors;
      const float c1 = alpha * (weights[n] > 0 ? weights[n] : -weights[n]);
      axpy_f32(c1 * dot_f32(y, p, factors), y, Ap, factors);
    }
    const float curvature = dot_f32(p, Ap, factors);
    if (!(curvature <= FLT_MAX)) return overflow(x, factors);
    if (!(curvature > 0)) return;  // rounding has eaten the direction
    const float length = rr / curvature;
    axpy_f32(length, p, x, factors);
    axpy_f32(-length, Ap, r, factors);
    const float rr_next = dot_f32(r, r, factors);
    const float beta = rr_next / rr;
    for (int64_t f = 0; f < factors; ++f) p[f] = r[f] + beta * p[f];
    rr = rr_next;
  }
}

}  // namespace kindred::KINDRED_NAMESPACE

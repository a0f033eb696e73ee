// Takacs, Pilaszy and Tikk 2011, "Applications of the conjugate gradient method for implicit feedback collaborative
// filtering", section 3.2, in coordinates that precondition it: the matrix is never formed, (I + D'D) p costs one pass
// over the panel.
#include "cpu/als_cg.h"

#include <cfloat>
#include <cmath>
#include <limits>

#include "kindred/error.h"

namespace kindred {
namespace {

struct CgVectors {
  std::vector<float> r, p, Ap;
  explicit CgVectors(int64_t width) : r(width), p(width), Ap(width) {}
};

// x [width] <- after `steps` steps; false when numbers left the range of floats.
bool conjugate_gradient(AlsRow& row, int64_t width, int steps, float* x, CgVectors& v) {
  const Kernels& k = kernels();
  float *r = v.r.data(), *p = v.p.data(), *Ap = v.Ap.data();
  for (int64_t t = 0; t < width; ++t) r[t] = -x[t];
  row.for_panels([&](const float* D, int64_t first, int64_t count) {
    k.als.panel_pass(D, count, width, row.g() + first, -1, x, r);
  });
  v.p = v.r;
  float rr = k.dot(r, r, width);
  if (!(rr <= FLT_MAX)) return false;
  for (int step = 0; step < steps && rr > 1e-20f; ++step) {
    v.Ap = v.p;
    row.for_panels(
        [&](const float* D, int64_t, int64_t count) { k.als.panel_pass(D, count, width, nullptr, 1, p, Ap); });
    const float curvature = k.dot(p, Ap, width);
    if (!(curvature <= FLT_MAX)) return false;
    if (!(curvature > 0)) return true;  // rounding has eaten the direction
    const float length = rr / curvature;
    k.axpy(length, p, x, width);
    k.axpy(-length, Ap, r, width);
    const float next = k.dot(r, r, width), beta = next / rr;
    for (int64_t t = 0; t < width; ++t) p[t] = r[t] + beta * p[t];
    rr = next;
  }
  return true;
}

}  // namespace

void als_conjugate_gradient(const CsrView& Cui, const AlsBasis& basis, Matrix X, const AlsOptions& options,
                            const AbortFlag* abort) {
  const int64_t width = basis.width();
  als_for_rows(Cui, X, abort, [&](const int32_t* ids, int64_t count) {
    AlsRow row(Cui, basis, options);
    CgVectors vectors(width);
    std::vector<float> padded(count * width), W(count * width);
    basis.rotate(X, ids, count, padded.data(), W.data());
    for (int64_t i = 0; i < count; ++i) {
      if (aborted(abort)) fail_aborted();
      row.set(ids[i]);
      float* w = W.data() + i * width;
      const float* e = row.e();
      for (int64_t t = 0; t < basis.factors(); ++t) w[t] /= e[t];
      const bool finite = conjugate_gradient(row, width, options.cg_steps, w, vectors);
      for (int64_t t = 0; t < width; ++t) w[t] = finite ? w[t] * e[t] : std::numeric_limits<float>::quiet_NaN();
    }
    basis.rotate_back(W.data(), ids, count, padded.data(), X);
  });
}

}  // namespace kindred

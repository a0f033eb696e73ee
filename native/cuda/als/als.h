// One row of an ALS half-sweep by a block (kindred/als/als.h).
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

constexpr int64_t kMostFactors = 4096;

// Sparse rows on the device; values may be null for ones.
struct CsrRows {
  const int32_t* indptr;
  const int32_t* indices;
  const float* values;
  int64_t rows, cols;

  KINDRED_DEVICE float value(int64_t n) const { return values ? values[n] : 1.0f; }
};

struct AlsSettings {
  double regularization, exponent, unobserved;
  float alpha;
  int32_t steps;
  int32_t preconditioned;

  // lambda of a row with `count` stored weights among `cols` columns.
  KINDRED_DEVICE double lambda(int64_t count, int64_t cols) const {
    if (exponent == 0) return regularization;
    return regularization * pow(static_cast<double>(count) + unobserved * static_cast<double>(cols), exponent);
  }
  KINDRED_DEVICE float extra(float weight) const { return alpha * fabsf(weight); }  // confidence above w0
  KINDRED_DEVICE double target(float weight) const {                                // confidence times preference
    return weight > 0 ? unobserved + static_cast<double>(alpha) * weight : 0.0;
  }
};

// Conjugate gradients (Takacs, Pilaszy and Tikk 2011, "Applications of the conjugate gradient method for implicit
// feedback collaborative filtering"; preconditioned: Golub and Van Loan 2013, algorithm 11.5.1) in the coordinates of
// the eigenvectors of Y'Y, where that matrix, and the preconditioner, are diagonal.
struct CgJob {
  CsrRows Cui;
  const float* Y;             // [cols, width], rotated, zeros behind each row
  float* X;                   // [rows, width], likewise
  const double* eigenvalues;  // [factors]
  int64_t factors, width;
  AlsSettings settings;
};

// A block's vectors [width]; one sum for each warp.
struct CgMemory {
  float *x, *r, *p, *Ap, *diagonal;
  float* sums;     // [warps, width]
  float* scalars;  // [kCgScalars]
};
constexpr int kCgScalars = 4;
KINDRED_BOTH int64_t cg_memory_floats(int64_t width, int64_t warps) { return (5 + warps) * width + kCgScalars; }
KINDRED_DEVICE CgMemory cg_memory(float* base, int64_t width, int64_t warps) {
  return {base,
          base + width,
          base + 2 * width,
          base + 3 * width,
          base + 4 * width,
          base + 5 * width,
          base + (5 + warps) * width};
}

// out = sum over the row's weights of (a + b y . v) y - sign * diagonal v, with a the targets (or 0) and b = sign * -
// what a weight adds to the confidence: the residual b - A v for sign 1 with targets, A v for sign -1 without.
KINDRED_DEVICE void cg_product(const Block& block, const CgJob& job, const CgMemory& m, int64_t first, int64_t last,
                               bool residual, const float* v, float* out) {
  block.warps([&](const Warp& warp) {
    float* const sums = m.sums + warp.index * job.width;
    warp.each(job.width, [&](int64_t t) { sums[t] = 0; });
    for (int64_t n = first + warp.index; n < last; n += block.warp_count()) {
      const float* const y = job.Y + job.Cui.indices[n] * job.width;
      PerLane<float> parts;
      warp.lanes([&](int lane) {
        float sum = 0;
        for (int64_t t = lane; t < job.width; t += kWarp) sum += y[t] * v[t];
        parts[lane] = sum;
      });
      const float weight = job.Cui.value(n), product = job.settings.extra(weight) * warp.sum(parts);
      const float factor = residual ? static_cast<float>(job.settings.target(weight)) - product : product;
      warp.each(job.width, [&](int64_t t) { sums[t] += factor * y[t]; });
    }
  });
  block.each(job.width, [&](int64_t t) {
    float sum = 0;
    for (int w = 0; w < block.warp_count(); ++w) sum += m.sums[w * job.width + t];
    out[t] = residual ? sum - m.diagonal[t] * v[t] : sum + m.diagonal[t] * v[t];
  });
}

// The sum of term(t), t < width, for all threads; `scalar` is not in use.
template <class F>
KINDRED_DEVICE float cg_sum(const Block& block, int64_t width, float* scalar, F&& term) {
  block.warps([&](const Warp& warp) {
    if (warp.index != 0) return;
    PerLane<float> parts;
    warp.lanes([&](int lane) {
      float sum = 0;
      for (int64_t t = lane; t < width; t += kWarp) sum += term(t);
      parts[lane] = sum;
    });
    const float total = warp.sum(parts);
    warp.each(1, [&](int64_t) { *scalar = total; });
  });
  return block.uniform(*scalar);
}

// Steps from where x is; false when numbers leave the range of floats.
KINDRED_DEVICE bool cg_steps(const Block& block, const CgJob& job, const CgMemory& m, int64_t first, int64_t last) {
  const int64_t width = job.width;
  const float most = 3.402823466e38f;
  const double w0 = job.settings.unobserved, lambda = job.settings.lambda(last - first, job.Cui.cols);
  const double least = 1e-8 * job.eigenvalues[0];
  const auto inverse = [&](int64_t t) {
    if (!job.settings.preconditioned || t >= job.factors) return 1.0f;
    return static_cast<float>(1 / (w0 * larger(job.eigenvalues[t], least) + lambda));
  };
  block.each(width, [&](int64_t t) {
    m.diagonal[t] = t < job.factors ? static_cast<float>(w0 * job.eigenvalues[t] + lambda) : 0.0f;
  });
  cg_product(block, job, m, first, last, true, m.x, m.r);
  block.each(width, [&](int64_t t) { m.p[t] = inverse(t) * m.r[t]; });
  float rz = cg_sum(block, width, m.scalars, [&](int64_t t) { return m.r[t] * m.p[t]; });
  if (!(rz <= most)) return false;
  for (int step = 0; step < job.settings.steps && rz > 1e-20f; ++step) {
    cg_product(block, job, m, first, last, false, m.p, m.Ap);
    const float curvature = cg_sum(block, width, m.scalars, [&](int64_t t) { return m.p[t] * m.Ap[t]; });
    if (!(curvature <= most)) return false;
    if (!(curvature > 0)) return true;  // rounding has eaten the direction
    const float length = rz / curvature;
    block.each(width, [&](int64_t t) {
      m.x[t] += length * m.p[t];
      m.r[t] -= length * m.Ap[t];
    });
    const float next = cg_sum(block, width, m.scalars, [&](int64_t t) { return m.r[t] * inverse(t) * m.r[t]; });
    const float beta = next / rz;
    block.each(width, [&](int64_t t) { m.p[t] = inverse(t) * m.r[t] + beta * m.p[t]; });
    rz = next;
  }
  return true;
}

KINDRED_DEVICE void cg_row(const Block& block, const CgJob& job, int64_t u, float* shared) {
  const CgMemory m = cg_memory(shared, job.width, block.warp_count());
  const int64_t first = job.Cui.indptr[u], last = job.Cui.indptr[u + 1];
  float* const x = job.X + u * job.width;
  if (first == last) {
    block.each(job.width, [&](int64_t t) { x[t] = 0; });
    return;
  }
  block.each(job.width, [&](int64_t t) { m.x[t] = x[t]; });
  const bool finite = cg_steps(block, job, m, first, last);
  block.each(job.width, [&](int64_t t) { x[t] = finite ? m.x[t] : float_of(0x7FC00000u); });
}

}  // namespace kindred::cuda

// One row of an ALS half-sweep by a block, exactly: the normal equations and their Cholesky factor, in double.
#pragma once

#include "cuda/als/als.h"

namespace kindred::cuda {

constexpr int kExactThreads = 256;
constexpr int kGathered = 16;  // rows of Y added at a time

struct ExactJob {
  CsrRows Cui;
  const float* Y;      // [cols, factors]
  float* out;          // [rows, factors]
  const double* gram;  // [factors, factors]
  int64_t factors;
  AlsSettings settings;
  double* systems;     // [slots, factors + 1, factors]: A, then b
  int64_t* first_bad;  // the first row whose matrix is not positive definite
};

// A = w0 Y'Y + lambda I + sum of c1 y y', its lower triangle, and b = sum of c p y.
KINDRED_DEVICE void exact_system(const Block& block, const ExactJob& job, int64_t first, int64_t last, double* A,
                                 double* b) {
  const int64_t f = job.factors;
  const double lambda = job.settings.lambda(last - first, job.Cui.cols);
  const auto y = [&](int64_t n, int64_t t) { return static_cast<double>(job.Y[job.Cui.indices[n] * f + t]); };
  const auto extra = [&](int64_t n) {
    return static_cast<double>(job.settings.alpha) * fabs(static_cast<double>(job.Cui.value(n)));
  };
  block.each(f * f, [&](int64_t e) {
    const int64_t i = e / f, j = e % f;
    if (j <= i) A[e] = job.settings.unobserved * job.gram[e] + (i == j ? lambda : 0.0);
  });
  block.each(f, [&](int64_t t) {
    double sum = 0;
    for (int64_t n = first; n < last; ++n) sum += job.settings.target(job.Cui.value(n)) * y(n, t);
    b[t] = sum;
  });
  for (int64_t n0 = first; n0 < last; n0 += kGathered) {
    const int64_t n1 = smaller(n0 + kGathered, last);
    block.each(f * f, [&](int64_t e) {
      const int64_t i = e / f, j = e % f;
      if (j > i) return;
      double sum = 0;
      for (int64_t n = n0; n < n1; ++n) sum += extra(n) * y(n, i) * y(n, j);
      A[e] += sum;
    });
  }
}

// b = A^-1 b; false if A is not positive definite. A becomes its Cholesky factor.
KINDRED_DEVICE bool exact_solve(const Block& block, double* A, double* b, int64_t f) {
  for (int64_t k = 0; k < f; ++k) {
    const double pivot = block.uniform(A[k * f + k]);
    if (!(pivot > 0)) return false;
    const double root = sqrt(pivot);
    block.each(f - k, [&](int64_t i) { A[(k + i) * f + k] = i == 0 ? root : A[(k + i) * f + k] / root; });
    const int64_t left = f - k - 1;
    block.each(left * left, [&](int64_t e) {
      const int64_t i = k + 1 + e / left, j = k + 1 + e % left;
      if (j <= i) A[i * f + j] -= A[i * f + k] * A[j * f + k];
    });
  }
  for (int64_t k = 0; k < f; ++k) {
    const double value = block.uniform(b[k]) / A[k * f + k];
    block.each(f - k, [&](int64_t i) { b[k + i] = i == 0 ? value : b[k + i] - A[(k + i) * f + k] * value; });
  }
  for (int64_t k = f; k-- > 0;) {
    const double value = block.uniform(b[k]) / A[k * f + k];
    block.each(k + 1, [&](int64_t i) { b[i] = i == k ? value : b[i] - A[k * f + i] * value; });
  }
  return true;
}

KINDRED_DEVICE void exact_row(const Block& block, const ExactJob& job, int64_t u, int64_t slot) {
  const int64_t f = job.factors, first = job.Cui.indptr[u], last = job.Cui.indptr[u + 1];
  float* const out = job.out + u * f;
  if (first == last) {
    block.each(f, [&](int64_t t) { out[t] = 0; });
    return;
  }
  double* const A = job.systems + slot * (f + 1) * f;
  double* const b = A + f * f;
  exact_system(block, job, first, last, A, b);
  const bool solved = exact_solve(block, A, b, f);
  if (!solved) block.each(1, [&](int64_t) { min_atomic(job.first_bad, u); });
  if (solved) block.each(f, [&](int64_t t) { out[t] = static_cast<float>(b[t]); });
}

}  // namespace kindred::cuda

#include "kindred/linalg/eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// T = Q a Q', tridiagonal: diagonal [n] and below it off [n - 1]. On return the rows of q [n, n] are the rows of Q.
// Step k reflects rows and columns k + 1 .. n - 1 of a so that column k vanishes below its subdiagonal:
// H = I - 2 u u', a <- H a H, Q <- H Q.
void tridiagonalise(double* a, int64_t n, double* diagonal, double* off, double* q, const AbortFlag* abort) {
  const Kernels& k = kernels();
  std::fill_n(q, n * n, 0.0);
  for (int64_t i = 0; i < n; ++i) q[i * n + i] = 1;
  std::vector<double> u(n), p(n);
  for (int64_t c = 0; c + 1 < n; ++c) {
    if (aborted(abort)) fail_aborted();
    const int64_t first = c + 1, size = n - first;
    double largest = 0;  // scaled by it, the norm neither overflows nor underflows
    for (int64_t i = first; i < n; ++i) largest = std::max(largest, std::fabs(a[c * n + i]));
    double tail = 0;
    for (int64_t i = first; i < n; ++i) {
      u[i] = largest > 0 ? a[c * n + i] / largest : 0.0;
      if (i > first) tail += u[i] * u[i];
    }
    off[c] = a[c * n + first];
    if (tail == 0) continue;
    const double alpha = -std::copysign(std::sqrt(u[first] * u[first] + tail), u[first]);
    off[c] = alpha * largest;
    u[first] -= alpha;
    const double norm = std::sqrt(u[first] * u[first] + tail);
    for (int64_t i = first; i < n; ++i) u[i] /= norm;
    // With p = a u and K = u'p: H a H = a - 2 u w' - 2 w u', w = p - K u.
    for (int64_t i = first; i < n; ++i) p[i] = k.dot_f64(a + i * n + first, u.data() + first, size);
    k.axpy_f64(-k.dot_f64(u.data() + first, p.data() + first, size), u.data() + first, p.data() + first, size);
    for (int64_t i = first; i < n; ++i) {
      k.axpy_f64(-2 * u[i], p.data() + first, a + i * n + first, size);
      k.axpy_f64(-2 * p[i], u.data() + first, a + i * n + first, size);
    }
    std::fill_n(p.data(), n, 0.0);  // Q <- Q - 2 u (u'Q)
    for (int64_t i = first; i < n; ++i) k.axpy_f64(u[i], q + i * n, p.data(), n);
    for (int64_t i = first; i < n; ++i) k.axpy_f64(-2 * u[i], p.data(), q + i * n, n);
  }
  for (int64_t i = 0; i < n; ++i) diagonal[i] = a[i * n + i];
}

// (x, y) <- (c x - s y, s x + c y)
void rotate(double* x, double* y, int64_t n, double c, double s) {
  for (int64_t i = 0; i < n; ++i) {
    const double t = y[i];
    y[i] = s * x[i] + c * t;
    x[i] = c * x[i] - s * t;
  }
}

// The eigenvalues of the tridiagonal matrix, in `diagonal`; the rows of q become eigenvectors.
void implicit_ql(double* diagonal, double* off, int64_t n, double* q, const AbortFlag* abort) {
  constexpr int kIterations = 60;  // an eigenvalue takes about 1.7 on average; EISPACK gives up after 30
  double largest = 0;  // what vanishes beside it splits the matrix: rounding noise never converges by itself
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(diagonal[i]) + std::fabs(off[i]));
  const double negligible = std::numeric_limits<double>::epsilon() * largest;
  for (int64_t l = 0; l < n; ++l) {
    if (aborted(abort)) fail_aborted();
    for (int iteration = 0;; ++iteration) {
      int64_t m = l;
      while (m + 1 < n && std::fabs(off[m]) > negligible) ++m;
      if (m == l) break;
      if (iteration == kIterations)
        throw Error("ERR_INTERNAL", "symmetric_eigen: no convergence at eigenvalue " + std::to_string(l) + ".");
      // Wilkinson's shift, then a chase of the bulge from m up to l.
      double g = (diagonal[l + 1] - diagonal[l]) / (2 * off[l]), r = std::hypot(g, 1.0);
      g = diagonal[m] - diagonal[l] + off[l] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; --i) {
        const double f = s * off[i], b = c * off[i];
        r = std::hypot(f, g);
        if (i + 1 < m) off[i + 1] = r;
        if (r == 0) {  // underflow: the matrix splits here
          diagonal[i + 1] -= p;
          if (m + 1 < n) off[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - p;
        r = (diagonal[i] - g) * s + 2 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        rotate(q + i * n, q + (i + 1) * n, n, c, s);
      }
      if (r == 0 && i >= l) continue;
      diagonal[l] -= p;
      off[l] = g;
      if (m + 1 < n) off[m] = 0;
    }
  }
}

}  // namespace

SymmetricEigen symmetric_eigen(const double* a, int64_t n, const AbortFlag* abort) {
  std::vector<double> work(n * n), diagonal(n), off(std::max<int64_t>(n, 1)), q(n * n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      if (!std::isfinite(a[i * n + j])) fail_value("symmetric_eigen: expected finite numbers.");
      work[i * n + j] = work[j * n + i] = a[i * n + j];
    }
  tridiagonalise(work.data(), n, diagonal.data(), off.data(), q.data(), abort);
  implicit_ql(diagonal.data(), off.data(), n, q.data(), abort);

  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t x, int64_t y) { return diagonal[x] > diagonal[y]; });
  SymmetricEigen out{std::vector<double>(n), std::vector<double>(n * n)};
  for (int64_t i = 0; i < n; ++i) {
    const double* vector = q.data() + order[i] * n;
    const double* peak =
        std::max_element(vector, vector + n, [](double x, double y) { return std::fabs(x) < std::fabs(y); });
    out.values[i] = diagonal[order[i]];
    for (int64_t j = 0; j < n; ++j) out.vectors[i * n + j] = std::copysign(1.0, *peak) * vector[j];
  }
  return out;
}

}  // namespace kindred

#include "kindred/linalg/eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "cpu/linalg/orthonormal.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kVectors = 8;  // reflected back together

// T = Q a Q', Q = H_(n-2) .. H_0 with H_c = I - 2 v v', v = row c of reflectors.
struct Tridiagonal {
  explicit Tridiagonal(int64_t n) : diagonal(n), off(std::max<int64_t>(n, 1)), reflectors(n * n, 0.0) {}
  std::vector<double> diagonal;    // [n]
  std::vector<double> off;         // [n - 1], below it
  std::vector<double> reflectors;  // [n, n], v is 0 up to place c; all of it where nothing is to be reflected
};

// v [c + 1 .. n) of unit length so that H_c makes `column` vanish below place c + 1, where it becomes what is returned.
double reflector(const double* column, int64_t c, int64_t n, double* v) {
  const int64_t first = c + 1;
  double largest = 0, tail = 0;  // scaled by it, the norm neither overflows nor underflows
  for (int64_t i = first; i < n; ++i) largest = std::max(largest, std::fabs(column[i]));
  for (int64_t i = first; i < n; ++i) {
    v[i] = largest > 0 ? column[i] / largest : 0.0;
    if (i > first) tail += v[i] * v[i];
  }
  if (tail == 0) {
    v[first] = 0;
    return column[first];
  }
  const double alpha = -std::copysign(std::sqrt(v[first] * v[first] + tail), v[first]);
  v[first] -= alpha;
  const double norm = std::sqrt(v[first] * v[first] + tail);
  for (int64_t i = first; i < n; ++i) v[i] /= norm;
  return alpha * largest;
}

// Of the lower triangle of a, which is lost. With p = a v and K = v'p, H a H = a - 2 v w' - 2 w v' for w = p - K v. The
// update of one step is made as the next one's p is computed: a passes through the cache once a step.
Tridiagonal tridiagonalise(double* a, int64_t n, const AbortFlag* abort) {
  const Kernels& k = kernels();
  Tridiagonal out(n);
  std::vector<double> w(n, 0.0), p(n), column(n);
  const double* u = w.data();  // v of the step before
  for (int64_t c = 0; c + 1 < n; ++c) {
    if (aborted(abort)) fail_aborted();
    const int64_t first = c + 1;
    double* const v = out.reflectors.data() + c * n;
    for (int64_t i = c; i < n; ++i) column[i] = a[i * n + c] - 2 * (u[i] * w[c] + w[i] * u[c]);
    out.diagonal[c] = column[c];
    out.off[c] = reflector(column.data(), c, n, v);
    std::fill_n(p.data(), n, 0.0);
    for (int64_t i = first; i < n; ++i) {
      double* const row = a + i * n + first;
      const int64_t size = i - c;  // up to the diagonal
      k.axpy_f64(-2 * u[i], w.data() + first, row, size);
      k.axpy_f64(-2 * w[i], u + first, row, size);
      p[i] += k.dot_f64(row, v + first, size);
      k.axpy_f64(v[i], row, p.data() + first, size - 1);
    }
    k.axpy_f64(-k.dot_f64(v + first, p.data() + first, n - first), v + first, p.data() + first, n - first);
    std::swap(w, p);
    u = v;
  }
  if (n > 0) out.diagonal[n - 1] = a[n * n - 1];
  return out;
}

// (row i, row i + 1) <- (c row_i - s row_(i+1), s row_i + c row_(i+1))
struct Rotation {
  int64_t row;
  double c, s;
};

// Rows `wanted` of what the rotations, one after the other, make of the identity [n, n]: out [wanted, n]. Taken
// backwards, each turns but two elements of a wanted row; rows lie side by side, a few of them in the cache.
void rotated_rows(const std::vector<Rotation>& rotations, int64_t n, const int64_t* wanted, int64_t count, double* out,
                  const AbortFlag* abort) {
  constexpr int64_t kTogether = 32;
  parallel_for(count, kTogether, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    const int64_t width = end - begin;
    std::vector<double> columns(n * width, 0.0);
    for (int64_t k = 0; k < width; ++k) columns[wanted[begin + k] * width + k] = 1;
    for (auto r = rotations.rbegin(); r != rotations.rend(); ++r) {
      poll(width / 4 + 1);
      double* const row = columns.data() + r->row * width;
      kernels().rotate_f64(r->c, -r->s, row, row + width, width);
    }
    for (int64_t k = 0; k < width; ++k)
      for (int64_t i = 0; i < n; ++i) out[(begin + k) * n + i] = columns[i * width + k];
  });
}

double length_of(double x, double y) {
  constexpr double kLeast = 1e-280;  // below, the squares lose digits
  const double squares = x * x + y * y;
  return squares > kLeast ? std::sqrt(squares) : std::hypot(x, y);
}

// The eigenvalues of the tridiagonal matrix, in `diagonal`; the rotations that make the identity's rows its
// eigenvectors.
std::vector<Rotation> implicit_ql(double* diagonal, double* off, int64_t n, const AbortFlag* abort) {
  std::vector<Rotation> rotations;
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
      double g = (diagonal[l + 1] - diagonal[l]) / (2 * off[l]), r = length_of(g, 1.0);
      g = diagonal[m] - diagonal[l] + off[l] / (g + std::copysign(r, g));
      double s = 1, c = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; --i) {
        const double f = s * off[i], b = c * off[i];
        r = length_of(f, g);
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
        rotations.push_back({i, c, s});
      }
      if (r == 0 && i >= l) continue;
      diagonal[l] -= p;
      off[l] = g;
      if (m + 1 < n) off[m] = 0;
    }
  }
  return rotations;
}

// vectors [count, n] <- vectors Q
void reflect_back(const Tridiagonal& t, int64_t n, double* vectors, int64_t count, const AbortFlag* abort) {
  const Kernels& k = kernels();
  Poll poll(abort);
  for (int64_t c = n - 3; c >= 0; --c) {
    poll(count * (n - c) / 4);
    const double* const v = t.reflectors.data() + c * n + c + 1;
    const int64_t size = n - c - 1;
    for (int64_t i = 0; i < count; ++i) {
      double* const vector = vectors + i * n + c + 1;
      k.axpy_f64(-2 * k.dot_f64(vector, v, size), v, vector, size);
    }
  }
}

}  // namespace

SymmetricEigen symmetric_eigen(const double* a, int64_t n, const AbortFlag* abort, int64_t count) {
  count = std::min(count, n);
  std::vector<double> work(n * n);
  double largest = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      if (!std::isfinite(a[i * n + j])) fail_value("symmetric_eigen: expected finite numbers.");
      largest = std::max(largest, std::fabs(a[i * n + j]));
    }
  int exponent = 0;  // no square overflows or vanishes once the largest element is near 1
  std::frexp(largest, &exponent);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) work[i * n + j] = std::ldexp(a[i * n + j], -exponent);

  Tridiagonal t = tridiagonalise(work.data(), n, abort);
  const std::vector<Rotation> rotations = implicit_ql(t.diagonal.data(), t.off.data(), n, abort);

  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t x, int64_t y) { return t.diagonal[x] > t.diagonal[y]; });
  SymmetricEigen out{std::vector<double>(n), std::vector<double>(count * n)};
  for (int64_t i = 0; i < n; ++i) out.values[i] = std::ldexp(t.diagonal[order[i]], exponent);
  rotated_rows(rotations, n, order.data(), count, out.vectors.data(), abort);
  parallel_for(count, kVectors, abort, [&](int64_t begin, int64_t end) {
    reflect_back(t, n, out.vectors.data() + begin * n, end - begin, abort);
    for (int64_t i = begin; i < end; ++i) turn_peak_up(out.vectors.data() + i * n, n);
  });
  return out;
}

}  // namespace kindred

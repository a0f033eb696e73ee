#include "reference/als.h"

#include <cmath>

#include "reference/linear.h"

namespace kindred::reference {
namespace {

// Row u of the weights, all columns: confidence c and preference p.
struct Row {
  std::vector<double> c, p;
};

Row row_of(const CsrView& Cui, int64_t u, double alpha) {
  Row row{std::vector<double>(Cui.cols, 1.0), std::vector<double>(Cui.cols, 0.0)};
  for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) {
    row.c[Cui.indices[n]] = 1 + alpha * std::fabs(static_cast<double>(Cui.values[n]));
    row.p[Cui.indices[n]] = Cui.values[n] > 0 ? 1 : 0;
  }
  return row;
}

bool empty(const CsrView& Cui, int64_t u) { return Cui.indptr[u] == Cui.indptr[u + 1]; }

// A = Y'CuY + regularization I [factors, factors] and b = Y'Cu p(u) [factors].
struct System {
  std::vector<double> A, b;
};

System system_of(const CsrView& Cui, int64_t u, ConstMatrix Y, const AlsOptions& options) {
  const int64_t factors = Y.cols;
  const Row row = row_of(Cui, u, options.alpha);
  System s{std::vector<double>(factors * factors, 0.0), std::vector<double>(factors, 0.0)};
  for (int64_t i = 0; i < Y.rows; ++i)
    for (int64_t f = 0; f < factors; ++f) {
      for (int64_t g = 0; g < factors; ++g)
        s.A[f * factors + g] += row.c[i] * static_cast<double>(Y.row(i)[f]) * Y.row(i)[g];
      s.b[f] += row.c[i] * row.p[i] * Y.row(i)[f];
    }
  for (int64_t f = 0; f < factors; ++f) s.A[f * factors + f] += options.regularization;
  return s;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double total = 0;
  for (size_t n = 0; n < a.size(); ++n) total += a[n] * b[n];
  return total;
}

// A v
std::vector<double> times(const std::vector<double>& A, const std::vector<double>& v) {
  const size_t n = v.size();
  std::vector<double> out(n, 0.0);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) out[i] += A[i * n + j] * v[j];
  return out;
}

}  // namespace

std::vector<double> als_exact(const CsrView& Cui, ConstMatrix Y, const AlsOptions& options) {
  std::vector<double> X;
  for (int64_t u = 0; u < Cui.rows; ++u) {
    std::vector<double> x(Y.cols, 0.0);
    if (!empty(Cui, u)) {
      const System s = system_of(Cui, u, Y, options);
      x = solve(s.A, Y.cols, s.b, 1);
    }
    X.insert(X.end(), x.begin(), x.end());
  }
  return X;
}

std::vector<double> als_conjugate_gradient(const CsrView& Cui, ConstMatrix Y, ConstMatrix X,
                                           const AlsOptions& options) {
  std::vector<double> out;
  for (int64_t u = 0; u < Cui.rows; ++u) {
    std::vector<double> x(X.row(u), X.row(u) + X.cols);
    if (empty(Cui, u)) {
      x.assign(X.cols, 0.0);
    } else {
      const System s = system_of(Cui, u, Y, options);
      std::vector<double> r = times(s.A, x);
      for (size_t f = 0; f < r.size(); ++f) r[f] = s.b[f] - r[f];
      std::vector<double> p = r;
      double rr = dot(r, r);
      for (int step = 0; step < options.cg_steps && rr > 0; ++step) {
        const std::vector<double> Ap = times(s.A, p);
        const double alpha = rr / dot(p, Ap);
        for (size_t f = 0; f < x.size(); ++f) {
          x[f] += alpha * p[f];
          r[f] -= alpha * Ap[f];
        }
        const double next = dot(r, r);
        for (size_t f = 0; f < p.size(); ++f) p[f] = r[f] + next / rr * p[f];
        rr = next;
      }
    }
    out.insert(out.end(), x.begin(), x.end());
  }
  return out;
}

double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options) {
  double loss = 0, squares = 0;
  for (int64_t u = 0; u < X.rows; ++u) {
    const Row row = row_of(Cui, u, options.alpha);
    for (int64_t i = 0; i < Y.rows; ++i) {
      double score = 0;
      for (int64_t f = 0; f < X.cols; ++f) score += static_cast<double>(X.row(u)[f]) * Y.row(i)[f];
      loss += row.c[i] * (row.p[i] - score) * (row.p[i] - score);
    }
  }
  for (const ConstMatrix& matrix : {X, Y})
    for (int64_t r = 0; r < matrix.rows; ++r)
      for (int64_t f = 0; f < matrix.cols; ++f) squares += static_cast<double>(matrix.row(r)[f]) * matrix.row(r)[f];
  return loss + options.regularization * squares;
}

}  // namespace kindred::reference

#include "reference/als/als.h"

#include <algorithm>
#include <cmath>

#include "reference/linalg/normal_equations.h"

namespace kindred::reference {
namespace {

// Row u of the weights, all columns: confidence c and preference p.
struct Row {
  std::vector<double> c, p;
};

Row row_of(const CsrView& Cui, int64_t u, const AlsOptions& options) {
  Row row{std::vector<double>(Cui.cols, options.unobserved_weight), std::vector<double>(Cui.cols, 0.0)};
  for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) {
    row.c[Cui.indices[n]] = options.unobserved_weight + options.alpha * std::fabs(static_cast<double>(Cui.values[n]));
    row.p[Cui.indices[n]] = Cui.values[n] > 0 ? 1 : 0;
  }
  return row;
}

double penalty(const AlsOptions& options, double stored, double columns) {
  return options.regularization *
         std::pow(stored + options.unobserved_weight * columns, options.regularization_exponent);
}

bool empty(const CsrView& Cui, int64_t u) { return Cui.indptr[u] == Cui.indptr[u + 1]; }

// A = Y'CuY + lambda_u I [factors, factors] and b = Y'Cu p(u) [factors].
struct System {
  std::vector<double> A, b, M;  // M: A without the stored weights, which preconditions it
};

System system_of(const CsrView& Cui, int64_t u, ConstMatrix Y, const AlsOptions& options) {
  const int64_t factors = Y.cols;
  const Row row = row_of(Cui, u, options);
  System s{std::vector<double>(factors * factors, 0.0), std::vector<double>(factors, 0.0),
           std::vector<double>(factors * factors, 0.0)};
  for (int64_t i = 0; i < Y.rows; ++i)
    for (int64_t f = 0; f < factors; ++f) {
      for (int64_t g = 0; g < factors; ++g) {
        const double product = static_cast<double>(Y.row(i)[f]) * Y.row(i)[g];
        s.A[f * factors + g] += row.c[i] * product;
        s.M[f * factors + g] += options.unobserved_weight * product;
      }
      s.b[f] += row.c[i] * row.p[i] * Y.row(i)[f];
    }
  const double lambda = penalty(options, Cui.indptr[u + 1] - Cui.indptr[u], static_cast<double>(Cui.cols));
  for (int64_t f = 0; f < factors; ++f) {
    s.A[f * factors + f] += lambda;
    s.M[f * factors + f] += lambda;
  }
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

std::vector<double> als_with_prior(const CsrView& Cui, ConstMatrix Y, ConstMatrix prior, const AlsOptions& options) {
  const int64_t f = Y.cols;
  std::vector<double> X;
  for (int64_t u = 0; u < Cui.rows; ++u) {
    System s = system_of(Cui, u, Y, options);
    const Row row = row_of(Cui, u, options);
    std::vector<double> target(Cui.cols, 0.0);
    for (int64_t i = 0; i < Cui.cols; ++i)
      for (int64_t t = 0; t < f; ++t) target[i] += static_cast<double>(prior.row(u)[t]) * Y.row(i)[t];
    for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n)
      if (Cui.values[n] != 0) target[Cui.indices[n]] = row.p[Cui.indices[n]];
    const double lambda = penalty(options, Cui.indptr[u + 1] - Cui.indptr[u], static_cast<double>(Cui.cols));
    for (int64_t t = 0; t < f; ++t) {
      s.b[t] = lambda * prior.row(u)[t];
      for (int64_t i = 0; i < Cui.cols; ++i) s.b[t] += row.c[i] * target[i] * Y.row(i)[t];
    }
    const std::vector<double> x = solve(s.A, f, s.b, 1);
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
      std::vector<double> z = solve(s.M, Y.cols, r, 1), p = z;
      double rz = dot(r, z);
      for (int step = 0; step < options.cg_steps && rz > 1e-20; ++step) {
        const std::vector<double> Ap = times(s.A, p);
        const double alpha = rz / dot(p, Ap);
        for (size_t f = 0; f < x.size(); ++f) {
          x[f] += alpha * p[f];
          r[f] -= alpha * Ap[f];
        }
        z = solve(s.M, Y.cols, r, 1);
        const double next = dot(r, z);
        for (size_t f = 0; f < p.size(); ++f) p[f] = z[f] + next / rz * p[f];
        rz = next;
      }
    }
    out.insert(out.end(), x.begin(), x.end());
  }
  return out;
}

std::vector<double> als_blocks(const CsrView& Cui, ConstMatrix Y, ConstMatrix X, const AlsOptions& options,
                               const std::vector<double>& directions, int64_t block) {
  const int64_t f = Y.cols;
  std::vector<double> out;
  for (int64_t u = 0; u < Cui.rows; ++u) {
    std::vector<double> x(X.row(u), X.row(u) + f);
    if (empty(Cui, u)) x.assign(f, 0.0);
    const System s = system_of(Cui, u, Y, options);
    for (int64_t first = 0; first < f && !empty(Cui, u); first += block) {
      const int64_t size = std::min(block, f - first);
      const auto direction = [&](int64_t i) {
        return std::vector<double>(directions.begin() + (first + i) * f, directions.begin() + (first + i + 1) * f);
      };
      std::vector<double> H(size * size), g(size), residual = times(s.A, x);
      for (int64_t t = 0; t < f; ++t) residual[t] = s.b[t] - residual[t];
      for (int64_t i = 0; i < size; ++i) {
        g[i] = dot(direction(i), residual);
        for (int64_t j = 0; j < size; ++j) H[i * size + j] = dot(direction(i), times(s.A, direction(j)));
      }
      const std::vector<double> step = solve(H, size, g, 1);
      for (int64_t i = 0; i < size; ++i)
        for (int64_t t = 0; t < f; ++t) x[t] += step[i] * direction(i)[t];
    }
    out.insert(out.end(), x.begin(), x.end());
  }
  return out;
}

double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options) {
  double loss = 0;
  std::vector<double> stored_in_column(Y.rows, 0.0);
  const auto square = [](ConstMatrix m, int64_t r) {
    double total = 0;
    for (int64_t f = 0; f < m.cols; ++f) total += static_cast<double>(m.row(r)[f]) * m.row(r)[f];
    return total;
  };
  for (int64_t u = 0; u < X.rows; ++u) {
    const Row row = row_of(Cui, u, options);
    for (int32_t n = Cui.indptr[u]; n < Cui.indptr[u + 1]; ++n) stored_in_column[Cui.indices[n]] += 1;
    for (int64_t i = 0; i < Y.rows; ++i) {
      double score = 0;
      for (int64_t f = 0; f < X.cols; ++f) score += static_cast<double>(X.row(u)[f]) * Y.row(i)[f];
      loss += row.c[i] * (row.p[i] - score) * (row.p[i] - score);
    }
    loss += penalty(options, Cui.indptr[u + 1] - Cui.indptr[u], static_cast<double>(Y.rows)) * square(X, u);
  }
  for (int64_t i = 0; i < Y.rows; ++i)
    loss += penalty(options, stored_in_column[i], static_cast<double>(X.rows)) * square(Y, i);
  return loss;
}

}  // namespace kindred::reference

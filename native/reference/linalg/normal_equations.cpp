#include "reference/linalg/normal_equations.h"

#include <cmath>
#include <utility>

namespace kindred::reference {

std::vector<double> gram(ConstMatrix x) { return cross_gram(x, x); }

std::vector<double> cross_gram(ConstMatrix x, ConstMatrix y) {
  std::vector<double> out(x.cols * y.cols, 0.0);
  for (int64_t i = 0; i < x.cols; ++i)
    for (int64_t j = 0; j < y.cols; ++j)
      for (int64_t r = 0; r < x.rows; ++r) out[i * y.cols + j] += static_cast<double>(x.row(r)[i]) * y.row(r)[j];
  return out;
}

std::vector<double> cholesky(const std::vector<double>& a, int64_t n) {
  std::vector<double> l(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double rest = a[i * n + j];
      for (int64_t k = 0; k < j; ++k) rest -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i == j ? std::sqrt(rest) : rest / l[j * n + j];
    }
  return l;
}

std::vector<double> solve(std::vector<double> a, int64_t n, std::vector<double> b, int64_t count) {
  for (int64_t c = 0; c < n; ++c) {
    int64_t pivot = c;
    for (int64_t r = c + 1; r < n; ++r)
      if (std::fabs(a[r * n + c]) > std::fabs(a[pivot * n + c])) pivot = r;
    for (int64_t k = 0; k < n; ++k) std::swap(a[c * n + k], a[pivot * n + k]);
    for (int64_t k = 0; k < count; ++k) std::swap(b[c * count + k], b[pivot * count + k]);
    for (int64_t r = c + 1; r < n; ++r) {
      const double factor = a[r * n + c] / a[c * n + c];
      for (int64_t k = c; k < n; ++k) a[r * n + k] -= factor * a[c * n + k];
      for (int64_t k = 0; k < count; ++k) b[r * count + k] -= factor * b[c * count + k];
    }
  }
  for (int64_t r = n - 1; r >= 0; --r)
    for (int64_t k = 0; k < count; ++k) {
      for (int64_t c = r + 1; c < n; ++c) b[r * count + k] -= a[r * n + c] * b[c * count + k];
      b[r * count + k] /= a[r * n + r];
    }
  return b;
}

Ridge ridge(ConstMatrix x, ConstMatrix y, const float* row_weights, double regularization) {
  const int64_t n = x.cols + 1;  // the last column is the ones
  const auto at = [&](int64_t r, int64_t c) { return c < x.cols ? static_cast<double>(x.row(r)[c]) : 1.0; };
  std::vector<double> a(n * n, 0.0), b(n * y.cols, 0.0);
  for (int64_t r = 0; r < x.rows; ++r) {
    const double weight = row_weights ? row_weights[r] : 1;
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) a[i * n + j] += weight * at(r, i) * at(r, j);
      for (int64_t j = 0; j < y.cols; ++j) b[i * y.cols + j] += weight * at(r, i) * y.row(r)[j];
    }
  }
  for (int64_t i = 0; i < x.cols; ++i) a[i * n + i] += regularization;
  const std::vector<double> solution = solve(a, n, b, y.cols);
  return {{solution.begin(), solution.begin() + x.cols * y.cols}, {solution.begin() + x.cols * y.cols, solution.end()}};
}

}  // namespace kindred::reference

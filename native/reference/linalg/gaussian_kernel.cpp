#include "reference/linalg/gaussian_kernel.h"

#include <cmath>

#include "reference/linalg/normal_equations.h"

namespace kindred::reference {

std::vector<double> gaussian_kernel(ConstMatrix a, ConstMatrix b, double gamma) {
  std::vector<double> out(a.rows * b.rows);
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t j = 0; j < b.rows; ++j) {
      double squares = 0;
      for (int64_t c = 0; c < a.cols; ++c) {
        const double difference = static_cast<double>(a.row(i)[c]) - b.row(j)[c];
        squares += difference * difference;
      }
      out[i * b.rows + j] = std::exp(-gamma * squares);
    }
  return out;
}

std::vector<double> kernel_ridge(ConstMatrix x, ConstMatrix y, double gamma, double regularization) {
  const int64_t n = x.rows;
  std::vector<double> a = gaussian_kernel(x, x, gamma), b(n * y.cols), dual(y.cols * n);
  for (int64_t i = 0; i < n; ++i) {
    a[i * n + i] += regularization;
    for (int64_t c = 0; c < y.cols; ++c) b[i * y.cols + c] = y.row(i)[c];
  }
  const std::vector<double> solution = solve(a, n, b, y.cols);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = 0; c < y.cols; ++c) dual[c * n + i] = solution[i * y.cols + c];
  return dual;
}

}  // namespace kindred::reference

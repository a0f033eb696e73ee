#include "reference/linalg/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kindred::reference {

SymmetricEigen symmetric_eigen(std::vector<double> a, int64_t n) {
  std::vector<double> v(n * n, 0.0);  // rows are eigenvectors
  for (int64_t i = 0; i < n; ++i) v[i * n + i] = 1;
  for (int sweep = 0; sweep < 50; ++sweep) {
    bool rotated = false;
    for (int64_t p = 0; p < n; ++p)
      for (int64_t q = p + 1; q < n; ++q) {
        const double off = a[p * n + q];
        if (std::fabs(off) <= 1e-17 * std::sqrt(std::fabs(a[p * n + p] * a[q * n + q])) || off == 0) continue;
        rotated = true;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
        const double t = std::copysign(1.0, theta) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0), s = t * c;
        for (int64_t i = 0; i < n; ++i) {
          const double x = a[i * n + p], y = a[i * n + q];
          a[i * n + p] = c * x - s * y;
          a[i * n + q] = s * x + c * y;
        }
        for (int64_t i = 0; i < n; ++i) {
          const double x = a[p * n + i], y = a[q * n + i], x_v = v[p * n + i], y_v = v[q * n + i];
          a[p * n + i] = c * x - s * y;
          a[q * n + i] = s * x + c * y;
          v[p * n + i] = c * x_v - s * y_v;
          v[q * n + i] = s * x_v + c * y_v;
        }
      }
    if (!rotated) break;
  }
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t x, int64_t y) { return a[x * n + x] > a[y * n + y]; });
  SymmetricEigen out{std::vector<double>(n), std::vector<double>(n * n)};
  for (int64_t i = 0; i < n; ++i) {
    const double* row = v.data() + order[i] * n;
    double peak = 0;
    for (int64_t j = 0; j < n; ++j)
      if (std::fabs(row[j]) > std::fabs(peak)) peak = row[j];
    out.values[i] = a[order[i] * n + order[i]];
    for (int64_t j = 0; j < n; ++j) out.vectors[i * n + j] = std::copysign(1.0, peak) * row[j];
  }
  return out;
}

}  // namespace kindred::reference

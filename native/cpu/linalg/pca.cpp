#include "kindred/linalg/pca.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "cpu/linalg/orthonormal.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/linalg/scatter.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/large_pages.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// Axes whose values are a smaller share of the largest have lost digits, the latter all of them.
constexpr double kInexact = 1e-6, kNothing = 1e-13;

int64_t count_of(const std::vector<double>& values, AxesWanted wanted) {
  const int64_t most = static_cast<int64_t>(values.size());
  if (wanted.count != 0) {
    if (wanted.count < 1 || wanted.count > most)
      fail_value("expected from 1 to " + std::to_string(most) + " components but received " +
                 std::to_string(wanted.count) + ".");
    return wanted.count;
  }
  if (!(wanted.share > 0 && wanted.share < 1)) fail_value("expected a share of variance between 0 and 1.");
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  double sum = 0;
  for (int64_t n = 0; n < most; ++n)
    if ((sum += values[n]) > wanted.share * total) return n + 1;
  return most;
}

// Rows of x less the mean of all, which is returned; without `centred` as they are, and no mean.
std::vector<double> centred_copy(ConstMatrix x, bool centred, float* out, const AbortFlag* abort) {
  std::vector<double> mean;
  if (centred) mean = column_moments(x, abort).mean;
  parallel_for(x.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < x.cols; ++c)
        out[r * x.cols + c] = centred ? static_cast<float>(x.row(r)[c] - mean[c]) : x.row(r)[c];
  });
  return mean;
}

// x x' [rows, rows] in double
std::vector<double> row_products(ConstMatrix x, const AbortFlag* abort) {
  std::vector<float> turned(x.rows * x.cols);
  parallel_for(x.rows, 16, abort, [&](int64_t begin, int64_t end) {
    kernels().transpose(x.row(begin), x.stride, end - begin, x.cols, 1, turned.data() + begin, x.rows);
  });
  return gram({turned.data(), x.cols, x.rows}, abort);
}

}  // namespace

Pca pca(ConstMatrix x, int64_t count, const AbortFlag* abort) {
  const int64_t dims = x.cols;
  if (count < 1 || count > dims)
    fail_value("pca: expected from 1 to " + std::to_string(dims) + " components but received " + std::to_string(count) +
               ".");
  if (x.rows < 1) fail_value("pca: expected at least one row but received none.");
  Scatter fit = scatter(x, ScatterSums::doubles, abort);
  for (double& s : fit.sums) s /= static_cast<double>(x.rows);
  const SymmetricEigen eigen = symmetric_eigen(fit.sums.data(), dims, abort, count);
  Pca out;
  out.mean = std::move(fit.mean);
  out.components.assign(eigen.vectors.begin(), eigen.vectors.end());
  out.variances.assign(eigen.values.begin(), eigen.values.begin() + count);
  for (double& v : out.variances) v = std::max(v, 0.0);
  return out;
}

PrincipalAxes leading_axes(const double* sums, int64_t dims, AxesWanted wanted, const AbortFlag* abort) {
  if (wanted.count != 0) count_of(std::vector<double>(dims), wanted);
  const SymmetricEigen eigen = symmetric_eigen(sums, dims, abort, wanted.count != 0 ? wanted.count : dims);
  PrincipalAxes out;
  out.values = eigen.values;
  for (double& v : out.values) v = std::max(v, 0.0);
  const int64_t count = count_of(out.values, wanted);
  out.vectors.assign(eigen.vectors.begin(), eigen.vectors.begin() + count * dims);
  return out;
}

PrincipalAxes row_space_axes(ConstMatrix x, bool centred, AxesWanted wanted, const AbortFlag* abort) {
  const int64_t rows = x.rows, dims = x.cols;
  if (rows < 1) fail_value("expected at least one row but received none.");
  if (rows > dims) fail_shape("row_space_axes: expected no more rows than columns.");
  if (wanted.count != 0) count_of(std::vector<double>(rows), wanted);
  LargeVector<float> copy(rows * dims);
  PrincipalAxes out;
  out.mean = centred_copy(x, centred, copy.data(), abort);
  const ConstMatrix m(copy.data(), rows, dims);
  const SymmetricEigen eigen = symmetric_eigen(row_products(m, abort).data(), rows, abort);
  out.values = eigen.values;
  for (double& v : out.values) v = std::max(v, 0.0);
  const int64_t count = count_of(out.values, wanted);
  int64_t exact = 0, some = 0;
  while (exact < count && out.values[exact] > kInexact * out.values[0]) ++exact;
  while (some < count && out.values[some] > kNothing * out.values[0]) ++some;

  std::vector<double> vectors(count * dims, 0.0);
  parallel_for(some, 1, abort, [&](int64_t i, int64_t) {
    Poll poll(abort);
    double* const vector = vectors.data() + i * dims;
    const double scale = 1 / std::sqrt(out.values[i]);
    for (int64_t r = 0; r < rows; ++r, poll(dims / 4 + 1))
      kernels().axpy_widened(scale * eigen.vectors[i * rows + r], m.row(r), vector, dims);
  });
  complete_orthonormal(vectors.data(), exact, some, count, dims, abort);
  out.vectors.assign(vectors.begin(), vectors.end());
  return out;
}

void add_outer_products(ConstMatrix vectors, const double* weights, double* sums, const AbortFlag* abort) {
  const int64_t dims = vectors.cols;
  parallel_for(dims, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t n = 0; n < vectors.rows; ++n)
        kernels().axpy_widened(weights[n] * vectors.row(n)[i], vectors.row(n), sums + i * dims, dims);
  });
}

}  // namespace kindred

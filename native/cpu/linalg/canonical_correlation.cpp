#include "kindred/linalg/canonical_correlation.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/eigen.h"
#include "kindred/linalg/scatter.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/large_pages.h"

namespace kindred {
namespace {

constexpr double kLeastVariance = 1e-10, kLeastCorrelation = 1e-7;

// A matrix [rows, cols] of doubles.
struct Block {
  Block(int64_t rows, int64_t cols) : rows(rows), cols(cols), data(rows * cols, 0.0) {}
  double* row(int64_t i) { return data.data() + i * cols; }
  const double* row(int64_t i) const { return data.data() + i * cols; }
  int64_t rows, cols;
  std::vector<double> data;
};

// a b'
Block product(const Block& a, const Block& b, const AbortFlag* abort) {
  Block out(a.rows, b.rows);
  parallel_for(a.rows, 4, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < b.rows; ++j) out.row(i)[j] = kernels().dot_f64(a.row(i), b.row(j), a.cols);
  });
  return out;
}

Block turned(const Block& a) {
  Block out(a.cols, a.rows);
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t j = 0; j < a.cols; ++j) out.row(j)[i] = a.row(i)[j];
  return out;
}

// Rows w with w C w' = 1 for the covariance C of columns [first, first + n), one for each direction that varies.
Block whitening(const Scatter& joint, int64_t stride, int64_t first, int64_t n, double per_row, double ridge,
                const AbortFlag* abort) {
  Block covariance(n, n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) covariance.row(i)[j] = per_row * joint.sums[(first + i) * stride + first + j];
    covariance.row(i)[i] += ridge;
  }
  const SymmetricEigen eigen = symmetric_eigen(covariance.data.data(), n, abort);
  int64_t rank = 0;
  while (rank < n && eigen.values[rank] > kLeastVariance * eigen.values[0]) ++rank;
  Block out(rank, n);
  for (int64_t i = 0; i < rank; ++i)
    for (int64_t j = 0; j < n; ++j) out.row(i)[j] = eigen.vectors[i * n + j] / std::sqrt(eigen.values[i]);
  return out;
}

// The left singular vectors of t [rows, cols], rows <= cols, as rows, its singular values, and the right ones; those of
// values near 0 are left out.
struct Decomposition {
  std::vector<double> values;
  Block left, right;
};

Decomposition decompose(const Block& t, int64_t count, const AbortFlag* abort) {
  const SymmetricEigen eigen = symmetric_eigen(product(t, t, abort).data.data(), t.rows, abort);
  int64_t some = 0;
  while (some < std::min(count, t.rows) && eigen.values[some] > kLeastCorrelation * kLeastCorrelation) ++some;
  Decomposition out{std::vector<double>(some), Block(some, t.rows), Block(some, t.cols)};
  for (int64_t k = 0; k < some; ++k) {
    out.values[k] = std::sqrt(eigen.values[k]);
    std::copy_n(eigen.vectors.data() + k * t.rows, t.rows, out.left.row(k));
    for (int64_t i = 0; i < t.rows; ++i)
      kernels().axpy_f64(out.left.row(k)[i] / out.values[k], t.row(i), out.right.row(k), t.cols);
  }
  return out;
}

// The weights of each direction [k, cols], in the coordinates before the whitening.
Block weights_of(const Block& directions, const Block& whitening, const AbortFlag* abort) {
  return product(directions, turned(whitening), abort);
}

// -1 for each row whose largest element is negative, else 1.
std::vector<double> signs_of(const Block& rows) {
  std::vector<double> signs;
  for (int64_t k = 0; k < rows.rows; ++k) {
    const auto less = [](double a, double b) { return std::fabs(a) < std::fabs(b); };
    signs.push_back(std::copysign(1.0, *std::max_element(rows.row(k), rows.row(k) + rows.cols, less)));
  }
  return signs;
}

// [rows.cols, count], of which columns from rows.rows on are 0
std::vector<float> in_columns(const Block& rows, const std::vector<double>& signs, int64_t count) {
  std::vector<float> out(rows.cols * count);
  for (int64_t k = 0; k < rows.rows; ++k)
    for (int64_t i = 0; i < rows.cols; ++i) out[i * count + k] = static_cast<float>(signs[k] * rows.row(k)[i]);
  return out;
}

}  // namespace

CanonicalCorrelation canonical_correlation(ConstMatrix x, ConstMatrix y, int64_t count, double x_ridge, double y_ridge,
                                           const AbortFlag* abort) {
  const int64_t p = x.cols, q = y.cols, width = p + q;
  if (x.rows != y.rows || x.rows < 2)
    fail_shape("expected the same number of rows on both sides, at least 2, but received " + std::to_string(x.rows) +
               " and " + std::to_string(y.rows) + ".");
  if (count < 1 || count > std::min(p, q))
    fail_value("expected from 1 to " + std::to_string(std::min(p, q)) + " components but received " +
               std::to_string(count) + ".");
  LargeVector<float> both(x.rows * width);
  parallel_for(x.rows, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      std::copy_n(x.row(r), p, both.data() + r * width);
      std::copy_n(y.row(r), q, both.data() + r * width + p);
    }
  });
  const Scatter joint = scatter({both.data(), x.rows, width}, ScatterSums::automatic, abort);
  const double per_row = 1 / static_cast<double>(x.rows - 1);
  const Block wx = whitening(joint, width, 0, p, per_row, x_ridge, abort);
  const Block wy = whitening(joint, width, p, q, per_row, y_ridge, abort);
  Block across(q, p);  // the covariance of y with x
  for (int64_t i = 0; i < q; ++i)
    for (int64_t j = 0; j < p; ++j) across.row(i)[j] = per_row * joint.sums[(p + i) * width + j];
  const Block t = product(product(wx, across, abort), wy, abort);  // [rank of x, rank of y]

  const bool tall = t.rows > t.cols;
  Decomposition found = decompose(tall ? turned(t) : t, count, abort);
  if (tall) std::swap(found.left, found.right);
  const Block x_weights = weights_of(found.left, wx, abort), y_weights = weights_of(found.right, wy, abort);
  const std::vector<double> signs = signs_of(x_weights);
  CanonicalCorrelation out{{joint.mean.begin(), joint.mean.begin() + p},
                           {joint.mean.begin() + p, joint.mean.end()},
                           in_columns(x_weights, signs, count),
                           in_columns(y_weights, signs, count),
                           std::vector<double>(count, 0.0)};
  for (size_t k = 0; k < found.values.size(); ++k) out.correlations[k] = std::min(found.values[k], 1.0);
  return out;
}

}  // namespace kindred

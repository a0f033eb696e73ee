#include "kindred/linalg/svd.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/eigen.h"
#include "kindred/linalg/gemm.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

struct Free {
  void operator()(float* numbers) const { std::free(numbers); }
};
using Numbers = std::unique_ptr<float[], Free>;

// Zeros [n] whose pages come as they are written, by loops that hear an abort; a vector writes them all beforehand.
Numbers zeros(int64_t n) {
  Numbers numbers(static_cast<float*>(std::calloc(std::max<int64_t>(n, 1), sizeof(float))));
  if (!numbers) throw std::bad_alloc();
  return numbers;
}

// What must be left of a column beside those before it (squared): less is rounding noise.
constexpr double kLeastRemainder = 1e-10;

// L with L L' = a in place of the lower triangle [n, n]; a column that depends on those before it gets a row of zeros.
void factor_dropping(double* a, int64_t n, const AbortFlag* abort) {
  const Kernels& k = kernels();
  Poll poll(abort);
  for (int64_t i = 0; i < n; ++i) {
    poll(i * i / 8 + 1);
    double* row = a + i * n;
    for (int64_t j = 0; j < i; ++j) {
      const double pivot = a[j * n + j];
      row[j] = pivot == 0 ? 0.0 : (row[j] - k.dot_f64(row, a + j * n, j)) / pivot;
    }
    const double remainder = row[i] - k.dot_f64(row, row, i);
    if (remainder > kLeastRemainder * row[i])
      row[i] = std::sqrt(remainder);
    else
      std::fill_n(row, i + 1, 0.0);
  }
}

// vectors <- vectors L^-T with L L' = vectors' vectors (Cholesky QR; Yamamoto, Nakatsukasa, Yanagisawa and Fukaya 2015,
// "Roundoff error analysis of the CholeskyQR2 algorithm").
void orthonormalize(Numbers& vectors, int64_t rows, int64_t n, const AbortFlag* abort) {
  std::vector<double> factor = gram({vectors.get(), rows, n}, abort), inverse(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i)
    if (!std::isfinite(factor[i * n + i])) fail_value("svd: the weights are too large for single precision.");
  factor_dropping(factor.data(), n, abort);
  // Row i of `inverse` is column i of L^-1, which is zero above place i.
  parallel_for(n, 8, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double* x = inverse.data() + i * n;
      for (int64_t r = i; r < n; ++r) {
        const double* row = factor.data() + r * n;
        if (row[r] != 0) x[r] = ((r == i) - kernels().dot_f64(row + i, x + i, r - i)) / row[r];
      }
    }
  });
  const std::vector<float> right(inverse.begin(), inverse.end());
  Numbers out = zeros(rows * n);
  gemm(1, ConstMatrix(vectors.get(), rows, n), ConstMatrix(right.data(), n, n), {out.get(), rows, n}, GemmRegion::full,
       abort);
  vectors = std::move(out);
}

}  // namespace

void subspace_step(const CsrView& a, const CsrView& transposed, Matrix basis, const AbortFlag* abort) {
  if (a.cols != basis.rows || a.rows != transposed.cols || a.cols != transposed.rows)
    fail_shape("svd: expected a matrix, its transpose, and a basis of its rows.");
  Numbers left = zeros(a.rows * basis.cols), right = zeros(a.cols * basis.cols);
  multiply_in_float(a, ConstMatrix(basis), left.get(), abort);
  orthonormalize(left, a.rows, basis.cols, abort);
  multiply_in_float(transposed, {left.get(), a.rows, basis.cols}, right.get(), abort);
  for (int pass = 0; pass < 2; ++pass) orthonormalize(right, a.cols, basis.cols, abort);
  Poll poll(abort);
  for (int64_t r = 0; r < basis.rows; ++r, poll(basis.cols))
    std::copy_n(right.get() + r * basis.cols, basis.cols, basis.row(r));
}

SingularVectors singular_vectors(const CsrView& a, ConstMatrix basis, int64_t count, const AbortFlag* abort) {
  if (a.cols != basis.rows || count > basis.cols)
    fail_shape("svd: expected a basis of the matrix's rows with at least as many vectors as are wanted.");
  const int64_t width = basis.cols;
  Numbers images = zeros(a.rows * width);
  std::vector<float> rotation(width * count);
  multiply_in_float(a, basis, images.get(), abort);
  const SymmetricEigen eigen = symmetric_eigen(gram({images.get(), a.rows, width}, abort).data(), width, abort);

  SingularVectors out{std::vector<float>(count), std::vector<float>(a.cols * count)};
  const double noise = width == 0 ? 0 : eigen.values[0] * 1e-12;  // squares of single precision's rounding
  for (int64_t k = 0; k < count; ++k) {
    if (!(eigen.values[k] > noise)) break;
    out.values[k] = static_cast<float>(std::sqrt(eigen.values[k]));
    for (int64_t i = 0; i < width; ++i) rotation[i * count + k] = static_cast<float>(eigen.vectors[k * width + i]);
  }
  gemm(1, basis, ConstMatrix(rotation.data(), width, count), {out.vectors.data(), a.cols, count}, GemmRegion::full,
       abort);
  for (int64_t k = 0; k < count; ++k) {
    if (aborted(abort)) fail_aborted();
    float peak = 0;
    for (int64_t i = 0; i < a.cols; ++i)
      if (std::fabs(out.vectors[i * count + k]) > std::fabs(peak)) peak = out.vectors[i * count + k];
    if (peak < 0)
      for (int64_t i = 0; i < a.cols; ++i) out.vectors[i * count + k] *= -1;
  }
  return out;
}

}  // namespace kindred

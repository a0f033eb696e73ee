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

// What the decomposition asks of a matrix [rows, cols]: its products, and those of its transpose.
struct SparseOperator {
  const CsrView& a;
  const CsrView* transposed;
  int64_t rows() const { return a.rows; }
  int64_t cols() const { return a.cols; }
  void times(ConstMatrix basis, float* out, const AbortFlag* abort) const { multiply_in_float(a, basis, out, abort); }
  void transposed_times(ConstMatrix left, float* out, const AbortFlag* abort) const {
    multiply_in_float(*transposed, left, out, abort);
  }
};

// A dense matrix less `mean` in each row, unless that is null. Rows are centred some at a time, before the products: to
// take what the mean contributes from these would cancel.
struct DenseOperator {
  ConstMatrix a;
  const double* mean;
  int64_t rows() const { return a.rows; }
  int64_t cols() const { return a.cols; }

  // body(rows [begin, end) centred, begin)
  template <class Body>
  void in_chunks(const AbortFlag* abort, Body body) const {
    constexpr int64_t kRows = 2048;
    const Numbers copy = mean ? zeros(std::min(kRows, a.rows) * a.cols) : nullptr;
    for (int64_t begin = 0; begin < a.rows; begin += kRows) {
      const int64_t count = std::min(kRows, a.rows - begin);
      if (!mean) {
        body(ConstMatrix(a.row(begin), count, a.cols, a.stride), begin);
        continue;
      }
      parallel_for(count, 32, abort, [&](int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r)
          for (int64_t c = 0; c < a.cols; ++c) copy[r * a.cols + c] = static_cast<float>(a.row(begin + r)[c] - mean[c]);
      });
      body(ConstMatrix(copy.get(), count, a.cols), begin);
    }
  }

  void times(ConstMatrix basis, float* out, const AbortFlag* abort) const {
    GemmScratch scratch;
    in_chunks(abort, [&](ConstMatrix chunk, int64_t begin) {
      gemm_overwrite(chunk, basis, nullptr, {out + begin * basis.cols, chunk.rows, basis.cols}, abort, &scratch);
    });
  }

  void transposed_times(ConstMatrix left, float* out, const AbortFlag* abort) const {
    GemmScratch scratch;
    in_chunks(abort, [&](ConstMatrix chunk, int64_t begin) {
      const ConstMatrix part(left.row(begin), chunk.rows, left.cols, left.stride);
      gemm(1, Strided(chunk).transposed(), part, {out, a.cols, left.cols}, GemmRegion::full, abort, &scratch);
    });
  }
};

template <class Operator>
void step_of(const Operator& a, Matrix basis, const AbortFlag* abort) {
  Numbers left = zeros(a.rows() * basis.cols), right = zeros(a.cols() * basis.cols);
  a.times(ConstMatrix(basis), left.get(), abort);
  orthonormalize(left, a.rows(), basis.cols, abort);
  a.transposed_times({left.get(), a.rows(), basis.cols}, right.get(), abort);
  for (int pass = 0; pass < 2; ++pass) orthonormalize(right, a.cols(), basis.cols, abort);
  Poll poll(abort);
  for (int64_t r = 0; r < basis.rows; ++r, poll(basis.cols))
    std::copy_n(right.get() + r * basis.cols, basis.cols, basis.row(r));
}

template <class Operator>
SingularVectors vectors_of(const Operator& a, ConstMatrix basis, int64_t count, const AbortFlag* abort) {
  if (a.cols() != basis.rows || count > basis.cols)
    fail_shape("svd: expected a basis of the matrix's rows with at least as many vectors as are wanted.");
  const int64_t width = basis.cols;
  Numbers images = zeros(a.rows() * width);
  std::vector<float> rotation(width * count);
  a.times(basis, images.get(), abort);
  const SymmetricEigen eigen = symmetric_eigen(gram({images.get(), a.rows(), width}, abort).data(), width, abort);

  SingularVectors out{std::vector<float>(count), std::vector<float>(a.cols() * count)};
  const double noise = width == 0 ? 0 : eigen.values[0] * 1e-12;  // squares of single precision's rounding
  for (int64_t k = 0; k < count; ++k) {
    if (!(eigen.values[k] > noise)) break;
    out.values[k] = static_cast<float>(std::sqrt(eigen.values[k]));
    for (int64_t i = 0; i < width; ++i) rotation[i * count + k] = static_cast<float>(eigen.vectors[k * width + i]);
  }
  gemm(1, basis, ConstMatrix(rotation.data(), width, count), {out.vectors.data(), a.cols(), count}, GemmRegion::full,
       abort);
  for (int64_t k = 0; k < count; ++k) {
    if (aborted(abort)) fail_aborted();
    float peak = 0;
    for (int64_t i = 0; i < a.cols(); ++i)
      if (std::fabs(out.vectors[i * count + k]) > std::fabs(peak)) peak = out.vectors[i * count + k];
    if (peak < 0)
      for (int64_t i = 0; i < a.cols(); ++i) out.vectors[i * count + k] *= -1;
  }
  return out;
}

}  // namespace

void subspace_step(const CsrView& a, const CsrView& transposed, Matrix basis, const AbortFlag* abort) {
  if (a.cols != basis.rows || a.rows != transposed.cols || a.cols != transposed.rows)
    fail_shape("svd: expected a matrix, its transpose, and a basis of its rows.");
  step_of(SparseOperator{a, &transposed}, basis, abort);
}

void subspace_step(ConstMatrix a, const double* mean, Matrix basis, const AbortFlag* abort) {
  if (a.cols != basis.rows) fail_shape("svd: expected a matrix and a basis of its rows.");
  step_of(DenseOperator{a, mean}, basis, abort);
}

SingularVectors singular_vectors(const CsrView& a, ConstMatrix basis, int64_t count, const AbortFlag* abort) {
  return vectors_of(SparseOperator{a, nullptr}, basis, count, abort);
}

SingularVectors singular_vectors(ConstMatrix a, const double* mean, ConstMatrix basis, int64_t count,
                                 const AbortFlag* abort) {
  return vectors_of(DenseOperator{a, mean}, basis, count, abort);
}

}  // namespace kindred

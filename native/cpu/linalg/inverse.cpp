#include "kindred/linalg/inverse.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/gemm.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// What must remain of a diagonal element when its turn comes: rounding has blurred about 1e-7 of it by then.
constexpr double kLeastRemainder = 1.0 / (1 << 16);
constexpr int64_t kRows = 64;  // rows a task copies

[[noreturn]] void fail_pivot(int64_t row) {
  throw Error("ERR_NOT_POSITIVE_DEFINITE", "The matrix is not positive definite in single precision at row " +
                                               std::to_string(row) + ". Increase the regularization parameter.");
}

// The inverse of the block of pivots [begin, end) [block, block], symmetric.
std::vector<double> invert_block(Matrix a, const float* diagonal, int64_t begin, int64_t end, const AbortFlag* abort) {
  const int64_t n = end - begin;
  std::vector<double> factor(n * n, 0.0), inverse(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) factor[i * n + j] = a.row(begin + i)[begin + j];
  if (const int64_t row = cholesky_factor(factor.data(), n, abort); row >= 0) fail_pivot(begin + row);
  for (int64_t i = 0; i < n; ++i)
    if (!(factor[i * n + i] * factor[i * n + i] > kLeastRemainder * diagonal[begin + i])) fail_pivot(begin + i);
  parallel_for(n, 32, abort, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) inverse[i * n + i] = 1;
    cholesky_solve(factor.data(), n, inverse.data() + from * n, to - from, abort);
  });
  return inverse;
}

// Rows [first, last) of the columns [begin, end) of the whole symmetric matrix, without the rows of the block itself:
// out [last - first, end - begin]. Above the block they are rows of the lower triangle.
void take_columns(Matrix a, int64_t begin, int64_t end, Matrix out, int64_t first, int64_t last) {
  if (const int64_t above = std::min(last, begin); first < above)
    kernels().transpose(a.row(begin) + first, a.stride, end - begin, above - first, 1, out.data, out.stride);
  for (int64_t i = std::max(first, end); i < last; ++i) std::copy_n(a.row(i) + begin, end - begin, out.row(i - first));
}

// The same from columns [n, end - begin] to a.
void put_columns(Matrix a, int64_t begin, int64_t end, ConstMatrix columns, int64_t first, int64_t last) {
  if (const int64_t above = std::min(last, begin); first < above)
    kernels().transpose(columns.row(first), columns.stride, above - first, end - begin, 1, a.row(begin) + first,
                        a.stride);
  for (int64_t i = std::max(first, end); i < last; ++i) std::copy_n(columns.row(i), end - begin, a.row(i) + begin);
}

}  // namespace

// With K a block of pivots and D = A_KK: A_ij -= A_iK D^-1 A_Kj, then A_iK <- A_iK D^-1, A_KK <- -D^-1.
void invert_pivots(Matrix a, const float* diagonal, int64_t begin, int64_t end, const AbortFlag* abort) {
  if (a.rows != a.cols || begin < 0 || end < begin || end > a.rows)
    fail_shape("invert_pivots: expected a square matrix and a range of its rows.");
  const int64_t block = std::min(kPivotBlock, end - begin);
  std::vector<float> taken(a.rows * block), multiplied(a.rows * block), inverse(block * block);
  GemmScratch scratch;
  for (int64_t k0 = begin; k0 < end; k0 += kPivotBlock) {
    const int64_t k1 = std::min(k0 + kPivotBlock, end), size = k1 - k0;
    const std::vector<double> D = invert_block(a, diagonal, k0, k1, abort);
    std::copy(D.begin(), D.end(), inverse.begin());
    const Matrix W(taken.data(), a.rows, size), P(multiplied.data(), a.rows, size);
    parallel_for(a.rows, kRows, abort, [&](int64_t from, int64_t to) {
      take_columns(a, k0, k1, {W.row(from), to - from, size}, from, to);
    });
    std::fill_n(P.data, a.rows * size, 0.0f);
    gemm(1, ConstMatrix(W), ConstMatrix(inverse.data(), size, size), P, GemmRegion::full, abort, &scratch);
    gemm(-1, ConstMatrix(P), Strided(ConstMatrix(W)).transposed(), a, GemmRegion::lower, abort, &scratch, {k0, k1});
    parallel_for(a.rows, kRows, abort, [&](int64_t from, int64_t to) { put_columns(a, k0, k1, P, from, to); });
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j <= i; ++j) a.row(k0 + i)[k0 + j] = static_cast<float>(-D[i * size + j]);
  }
}

}  // namespace kindred

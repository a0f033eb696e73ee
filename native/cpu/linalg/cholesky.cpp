#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kBlock = 64;       // columns factored at a time
constexpr int64_t kTileRows = 64;    // rows of the trailing matrix updated at a time
constexpr int64_t kParallel = 1024;  // rows from which the update is worth several threads

// The triangle [begin, end) of a, row by row; the first bad pivot's row, or -1.
int64_t factor_diagonal(double* a, int64_t n, int64_t begin, int64_t end) {
  const Kernels& k = kernels();
  for (int64_t i = begin; i < end; ++i) {
    double* row = a + i * n;
    for (int64_t j = begin; j < i; ++j)
      row[j] = (row[j] - k.dot_f64(row + begin, a + j * n + begin, j - begin)) / a[j * n + j];
    const double pivot = row[i] - k.dot_f64(row + begin, row + begin, i - begin);
    if (!(pivot > 0) || !std::isfinite(pivot)) return i;
    row[i] = std::sqrt(pivot);
  }
  return -1;
}

void for_rows(int64_t rows, int64_t grain, const AbortFlag* abort, const std::function<void(int64_t, int64_t)>& body) {
  if (rows >= kParallel) return parallel_for(rows, grain, abort, body);
  for (int64_t begin = 0; begin < rows; begin += grain) body(begin, std::min(begin + grain, rows));
}

}  // namespace

// Right-looking and blocked (Golub and Van Loan 2013, "Matrix computations", 4.2.9): factor a block of columns, solve
// for the rows below it, subtract their products from what remains.
int64_t cholesky_factor(double* a, int64_t n, const AbortFlag* abort) {
  const Kernels& k = kernels();
  std::vector<double> panel, negative;  // [block, rows below], the new columns transposed
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    if (aborted(abort)) fail_aborted();
    const int64_t end = std::min(begin + kBlock, n), block = end - begin, below = n - end;
    if (const int64_t row = factor_diagonal(a, n, begin, end); row >= 0) return row;
    if (below == 0) break;
    panel.resize(block * below);
    negative.resize(block * below);
    for_rows(below, kTileRows, abort, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        double* row = a + (end + i) * n;
        for (int64_t j = begin; j < end; ++j) {
          row[j] = (row[j] - k.dot_f64(row + begin, a + j * n + begin, j - begin)) / a[j * n + j];
          panel[(j - begin) * below + i] = row[j];
          negative[(j - begin) * below + i] = -row[j];
        }
      }
    });
    for_rows(below, kTileRows, abort, [&](int64_t first, int64_t last) {
      k.transposed_product({negative.data() + first, below}, last - first, {panel.data(), below}, last, block, false,
                           a + (end + first) * n + end, n);
    });
  }
  return -1;
}

void cholesky_solve(const double* l, int64_t n, double* b, int64_t count, const AbortFlag* abort) {
  const Kernels& k = kernels();
  Poll poll(abort);
  for (int64_t c = 0; c < count; ++c) {
    double* x = b + c * n;
    for (int64_t i = 0; i < n; ++i) {
      poll(i / 4 + 1);
      x[i] = (x[i] - k.dot_f64(l + i * n, x, i)) / l[i * n + i];
    }
    for (int64_t i = n; i-- > 0;) {
      poll(i / 4 + 1);
      x[i] /= l[i * n + i];
      k.axpy_f64(-x[i], l + i * n, x, i);
    }
  }
}

}  // namespace kindred

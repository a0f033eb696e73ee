// Gram matrices, Cholesky, ridge regression. Sums are in double throughout.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// X'X [cols, cols], full and symmetric. The same bits for any number of threads.
std::vector<double> gram(ConstMatrix x, const AbortFlag* abort);

// The same of rows less `mean` [cols].
std::vector<double> centred_gram(ConstMatrix x, const double* mean, const AbortFlag* abort);

// X'Y [x.cols, y.cols]; x.rows == y.rows.
std::vector<double> cross_gram(ConstMatrix x, ConstMatrix y, const AbortFlag* abort);

// Lower Cholesky factor of the symmetric a [n, n], in place. Elements above the diagonal are not read and may be
// overwritten. Returns -1, or the first row whose pivot is not positive (the matrix is then not positive definite).
int64_t cholesky_factor(double* a, int64_t n, const AbortFlag* abort = nullptr);

// Solves L L' x = b in place for `count` right-hand sides b [count, n].
void cholesky_solve(const double* l, int64_t n, double* b, int64_t count, const AbortFlag* abort = nullptr);

// Ridge regression with an intercept that is not penalised (Hoerl and Kennard 1970): minimises
// sum_r w_r |x_r W + intercept - y_r|^2 + regularization |W|^2.
struct Ridge {
  std::vector<float> weights;    // [x.cols, y.cols]
  std::vector<float> intercept;  // [y.cols]
};

// row_weights [rows] or null for 1. Throws ERR_VALUE for a negative weight or weights that are all zero,
// ERR_NOT_POSITIVE_DEFINITE when regularization is too small for the data.
Ridge ridge(ConstMatrix x, ConstMatrix y, const float* row_weights, double regularization, const AbortFlag* abort);

}  // namespace kindred

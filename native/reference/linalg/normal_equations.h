// Gram matrices, linear systems and ridge regression, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/normal_equations.h"

namespace kindred::reference {

std::vector<double> gram(ConstMatrix x);                                // X'X [x.cols, x.cols]
std::vector<double> cross_gram(ConstMatrix x, ConstMatrix y);           // X'Y [x.cols, y.cols]
std::vector<double> cholesky(const std::vector<double>& a, int64_t n);  // L [n, n], zero above the diagonal

// A x = b for `count` right-hand sides b [n, count], by Gaussian elimination with row pivoting; returns x [n, count].
std::vector<double> solve(std::vector<double> a, int64_t n, std::vector<double> b, int64_t count);

struct Ridge {
  std::vector<double> weights;    // [x.cols, y.cols]
  std::vector<double> intercept;  // [y.cols]
};

// The normal equations of x with a column of ones that is not penalised.
Ridge ridge(ConstMatrix x, ConstMatrix y, const float* row_weights, double regularization);

}  // namespace kindred::reference

// Sums, products and functions of single numbers, and products of matrices: scalar and in double.
#pragma once

#include "kindred/nn/layers/elementwise.h"
#include "reference/nn/tensor.h"

namespace kindred::reference {

// Operands have 1 or `rows` rows, and 1 or `cols` columns.
Table combine(nn::Combination kind, const Table& a, const Table& b, int64_t rows, int64_t cols);
double apply(nn::Function kind, double x);
// x summed to [rows, cols], each side of which is 1 or that of x
Table sum_to(const Table& x, int64_t rows, int64_t cols);
Table transpose(const Table& x);
Table matmul(const Table& a, const Table& b);

}  // namespace kindred::reference

// The dense product, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/gemm.h"

namespace kindred::reference {

std::vector<double> gemm(double alpha, Strided a, Strided b);  // alpha a b [a.rows, b.cols]

}  // namespace kindred::reference

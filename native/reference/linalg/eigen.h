// Symmetric eigen-decomposition by rotations, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/eigen.h"

namespace kindred::reference {

// Cyclic Jacobi rotations (Jacobi 1846; Golub and Van Loan, section 8.5) on the full symmetric a [n, n]. Same order and
// signs as kindred::symmetric_eigen.
SymmetricEigen symmetric_eigen(std::vector<double> a, int64_t n);

}  // namespace kindred::reference

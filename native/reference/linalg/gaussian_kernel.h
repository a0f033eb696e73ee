// Gaussian kernels and kernel ridge regression, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/gaussian_kernel.h"

namespace kindred::reference {

std::vector<double> gaussian_kernel(ConstMatrix a, ConstMatrix b, double gamma);  // [a.rows, b.rows]

// Dual weights [y.cols, x.rows].
std::vector<double> kernel_ridge(ConstMatrix x, ConstMatrix y, double gamma, double regularization);

}  // namespace kindred::reference

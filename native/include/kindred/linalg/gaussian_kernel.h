// Kernel ridge regression with the Gaussian kernel k(a, b) = exp(-gamma |a - b|^2).
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// out [a.rows, b.rows]. a.cols == b.cols, gamma >= 0.
void gaussian_kernel(ConstMatrix a, ConstMatrix b, double gamma, float* out, const AbortFlag* abort);

// Dual weights [y.cols, x.rows], one row per output: (K + regularization I)^-1 Y with K the kernel of x with itself
// (Saunders, Gammerman and Vovk 1998, "Ridge regression learning algorithm in dual variables"). A prediction for z is
// gaussian_kernel(z, x) times their transpose. Time O(rows^3 / 3), memory 8 rows^2 bytes.
// Throws ERR_NOT_POSITIVE_DEFINITE when regularization is too small for rows that coincide.
std::vector<float> kernel_ridge(ConstMatrix x, ConstMatrix y, double gamma, double regularization,
                                const AbortFlag* abort);

}  // namespace kindred

// Rows as vectors: lengths and dot products.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// y [rows, dims]: each row over its norm, norms [rows]; 0 where the norm is 0. A row with an element that is NaN or
// infinite becomes NaN.
void unit_rows(ConstMatrix x, Matrix y, float* norms, const AbortFlag* abort);

// dx from y, norms and dy; 0 where the norm is 0
void unit_rows_gradient(ConstMatrix y, const float* norms, ConstMatrix dy, Matrix dx, const AbortFlag* abort);

// dots [rows]: a row times b row
void row_dots(ConstMatrix a, ConstMatrix b, float* dots, const AbortFlag* abort);

// y row = factor of the row times x row
void scale_rows(ConstMatrix x, const float* factors, Matrix y, const AbortFlag* abort);

}  // namespace kindred::nn

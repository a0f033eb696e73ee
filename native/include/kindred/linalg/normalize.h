#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Divides each row by its Euclidean norm, in place. Rows of norm zero stay zero. Returns how many there were. A row
// with an element that is NaN or infinite becomes NaN.
int64_t normalize_rows(Matrix matrix, const AbortFlag* abort);

// The same for one row; false if its norm is zero.
bool normalize_row(float* row, int64_t cols);

}  // namespace kindred

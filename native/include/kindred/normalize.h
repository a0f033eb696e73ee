#pragma once

#include "kindred/matrix.h"
#include "kindred/pool.h"

namespace kindred {

// Divides each row by its Euclidean norm, in place. Rows of norm zero stay zero. Returns how many there were.
int64_t normalize_rows(Matrix matrix, const AbortFlag* abort);

}  // namespace kindred

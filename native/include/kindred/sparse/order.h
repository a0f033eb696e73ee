// Rows and columns in another order.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// The places of ascending keys [n], equal ones as they came. Throws ERR_VALUE for NaN, ERR_TOO_LARGE beyond 2^31 - 1.
std::vector<int32_t> order_of_keys(const double* keys, int64_t n, const AbortFlag* abort);

// The matrix whose row r is row row_order[r] of csr and whose column column_places[c] is column c of it; null: as they
// are. Both must be permutations, ERR_VALUE otherwise. Time O(nonzeros log(columns of a row)).
Csr reorder(const CsrView& csr, const int32_t* row_order, const int32_t* column_places, const AbortFlag* abort);

// In place: row and column i become what row and column order[i] were. a must be square (ERR_SHAPE) and order a
// permutation (ERR_VALUE). Two passes over the matrix, and one row for each thread.
void reorder_square(Matrix a, const int32_t* order, const AbortFlag* abort);

}  // namespace kindred

// Compressed sparse rows by sorting triples.
#pragma once

#include "kindred/sparse/csr.h"

namespace kindred::reference {

// The pairs must be legal: kindred::csr_from_pairs says which are not.
Csr csr_from_pairs(const int32_t* row_of, const int32_t* col_of, const float* values, int64_t count, int64_t rows,
                   int64_t cols);

Csr transpose(const CsrView& csr);

std::vector<double> multiply(const CsrView& csr, ConstMatrix dense);  // [csr.rows, dense.cols]

}  // namespace kindred::reference

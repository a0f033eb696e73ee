// Compressed sparse rows: building, transposing, checking.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct Csr {
  std::vector<int32_t> indptr;   // [rows + 1]
  std::vector<int32_t> indices;  // [nonzeros]
  std::vector<float> values;     // [nonzeros], empty where the source has none
  int64_t rows = 0;
  int64_t cols = 0;

  CsrView view() const { return {indptr.data(), indices.data(), values.empty() ? nullptr : values.data(), rows, cols}; }
};

// Throws ERR_SHAPE unless row pointers ascend from 0 and each row's column ids are in [0, cols) and strictly ascending.
void check_csr(const CsrView& csr, const char* name, const AbortFlag* abort = nullptr);

// The same for the rows that `a` (checked already) names by its columns, in time that the product a * csr takes anyway.
void check_csr_factor(const CsrView& a, const CsrView& csr, const char* name, const AbortFlag* abort = nullptr);

// From `count` pairs (row_of[n], col_of[n]), in any order, each at most once (ERR_VALUE names a pair that comes twice,
// ERR_SHAPE an id out of range). `values` may be null. Time O(count + rows + cols).
Csr csr_from_pairs(const int32_t* row_of, const int32_t* col_of, const float* values, int64_t count, int64_t rows,
                   int64_t cols, const AbortFlag* abort);

// [rows, cols] -> [cols, rows]. Time O(nonzeros + rows + cols).
Csr transpose(const CsrView& csr, const AbortFlag* abort);

// out [csr.rows, dense.cols] = csr * dense; csr.cols == dense.rows, ERR_SHAPE otherwise. Values of null count as 1.
// Sums are in double, where the products are exact, in both products of this name: rounded to float they hardly depend
// on the order of the rows, nor does what ties.
void multiply(const CsrView& csr, ConstMatrix dense, float* out, const AbortFlag* abort);

// The first of them with sums in float, in less time.
void multiply_in_float(const CsrView& csr, ConstMatrix dense, float* out, const AbortFlag* abort);

// out [a.rows, b.cols], dense and row-major = a * b, both sparse; a.cols == b.rows, ERR_SHAPE otherwise. Time
// O(a.rows * b.cols + products).
void multiply(const CsrView& a, const CsrView& b, float* out, const AbortFlag* abort);

}  // namespace kindred

// Views of row-major float matrices. Nothing here owns memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred {

// [rows, cols], rows contiguous and `stride` elements apart (stride >= cols, so a column slice is a view too).
template <class T>
struct MatrixView {
  T* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;

  MatrixView() = default;
  MatrixView(T* data, int64_t rows, int64_t cols) : data(data), rows(rows), cols(cols), stride(cols) {}
  MatrixView(T* data, int64_t rows, int64_t cols, int64_t stride)
      : data(data), rows(rows), cols(cols), stride(stride) {}

  T* row(int64_t i) const { return data + i * stride; }
  operator MatrixView<const T>() const { return {data, rows, cols, stride}; }
};

using Matrix = MatrixView<float>;
using ConstMatrix = MatrixView<const float>;

// Compressed sparse rows: the column ids of row r are indices[indptr[r] .. indptr[r + 1]), strictly ascending.
// Counts are limited to 2^31 - 1 nonzeros, which the JavaScript side checks and names.
struct CsrView {
  const int32_t* indptr = nullptr;   // [rows + 1]
  const int32_t* indices = nullptr;  // [nonzeros]
  const float* values = nullptr;     // [nonzeros], may be null where only the pattern matters
  int64_t rows = 0;
  int64_t cols = 0;

  int64_t nonzeros() const { return rows == 0 ? 0 : indptr[rows]; }
};

}  // namespace kindred

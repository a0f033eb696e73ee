// Rows of a sparse matrix that nobody has looked through: each is checked as it is read, at a small part of what its
// use costs, where a look at all rows would cost more than the few that are used.
#pragma once

#include <cstdint>
#include <utility>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/error.h"

namespace kindred {

class CheckedRows {
 public:
  explicit CheckedRows(const CsrView& csr) : csr_(csr), nonzeros_(csr.nonzeros()) {}

  // Calls use(column, weight) for each entry of a row, in order; ERR_SHAPE for a row that is not there, or a column.
  template <class Use>
  void each(int64_t row, const Use& use) const {
    const auto [begin, end] = extent(row);
    for (int32_t n = begin; n < end; ++n) {
      const int32_t column = csr_.indices[n];
      if (column < 0 || column >= csr_.cols) fail_shape("a sparse matrix has a column out of its range.");
      use(column, csr_.values ? csr_.values[n] : 1.0f);
    }
  }

  int64_t count(int64_t row) const {
    const auto [begin, end] = extent(row);
    return end - begin;
  }

 private:
  std::pair<int32_t, int32_t> extent(int64_t row) const {
    if (row < 0 || row >= csr_.rows) fail_shape("there is no such row in a sparse matrix.");
    const int32_t begin = csr_.indptr[row], end = csr_.indptr[row + 1];
    if (begin < 0 || end < begin || end > nonzeros_) fail_shape("rows of a sparse matrix lie outside of it.");
    return {begin, end};
  }

  const CsrView& csr_;
  int64_t nonzeros_;
};

}  // namespace kindred

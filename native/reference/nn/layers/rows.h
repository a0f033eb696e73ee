// Rows taken by number and put back, means of sequences, rows as vectors: scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

using Ints = std::vector<int32_t>;

Table gather_rows(const Table& table, const Ints& ids);
Table scatter_rows(const Table& dy, const Ints& ids, int64_t rows);

struct RowSums {
  Ints rows;
  Table sums;
};
RowSums sum_by_row(const Table& dy, const Ints& ids);

Table sequence_mean(const Table& x, const Ints& offsets);
Table sequence_mean_gradient(const Table& dy, const Ints& offsets);

Doubles row_norms(const Table& x);
Table unit_rows(const Table& x);
Table unit_rows_gradient(const Table& x, const Table& dy);
Doubles row_dots(const Table& a, const Table& b);
Table scale_rows(const Table& x, const Doubles& factors);

}  // namespace kindred::reference

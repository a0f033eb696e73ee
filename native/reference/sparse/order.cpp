#include "reference/sparse/order.h"

#include "reference/sparse/csr.h"

namespace kindred::reference {

Csr reorder(const CsrView& csr, const std::vector<int32_t>& row_order, const std::vector<int32_t>& column_places) {
  std::vector<int32_t> row_of, col_of;
  std::vector<float> values;
  for (size_t r = 0; r < row_order.size(); ++r)
    for (int32_t n = csr.indptr[row_order[r]]; n < csr.indptr[row_order[r] + 1]; ++n) {
      row_of.push_back(static_cast<int32_t>(r));
      col_of.push_back(column_places[csr.indices[n]]);
      values.push_back(csr.values[n]);
    }
  return csr_from_pairs(row_of.data(), col_of.data(), values.data(), static_cast<int64_t>(values.size()), csr.rows,
                        csr.cols);
}

std::vector<double> reorder_square(ConstMatrix a, const std::vector<int32_t>& order) {
  std::vector<double> out;
  for (const int32_t i : order)
    for (const int32_t j : order) out.push_back(a.row(i)[j]);
  return out;
}

}  // namespace kindred::reference

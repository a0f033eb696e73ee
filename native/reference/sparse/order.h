// Rows and columns in another order, place by place.
#pragma once

#include <vector>

#include "kindred/sparse/order.h"

namespace kindred::reference {

Csr reorder(const CsrView& csr, const std::vector<int32_t>& row_order, const std::vector<int32_t>& column_places);

std::vector<double> reorder_square(ConstMatrix a, const std::vector<int32_t>& order);  // [n, n]

}  // namespace kindred::reference

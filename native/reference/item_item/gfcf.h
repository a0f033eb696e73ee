// GF-CF, dense and in double.
#pragma once

#include <vector>

#include "kindred/item_item/gfcf.h"

namespace kindred::reference {

std::vector<double> normalize_log(const CsrView& by_user);  // D_U^-1/2 X D_I^-1/2 [users, items]

// The filter from a dense normalised log [users, items], through all eigenvectors of its Gram matrix.
std::vector<double> graph_filter(const CsrView& by_user, int64_t factors, double alpha);

}  // namespace kindred::reference

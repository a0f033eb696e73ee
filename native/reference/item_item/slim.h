// SLIM, dense and in double.
#pragma once

#include <vector>

#include "kindred/item_item/slim.h"

namespace kindred::reference {

// All weights [items, items], column j those of item j, by `sweeps` sweeps of coordinate descent.
std::vector<double> slim_weights(const CsrView& by_user, double l1, double l2, int sweeps);

}  // namespace kindred::reference

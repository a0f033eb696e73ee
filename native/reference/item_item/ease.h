// EASE, dense and in double.
#pragma once

#include <vector>

#include "kindred/item_item/ease.h"

namespace kindred::reference {

std::vector<double> regularized_gram(const CsrView& by_user, double regularization);  // [items, items]

// The weights of equation 8 in Steck 2019, from the Gram matrix [items, items].
std::vector<double> ease_weights(const std::vector<double>& gram, int64_t items);

}  // namespace kindred::reference

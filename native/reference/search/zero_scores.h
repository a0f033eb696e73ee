#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"

namespace kindred::reference {

// [queries, items], row-major; without keys if there are none.
std::vector<float> place_zeros(ConstMatrix scores, const std::vector<float>& keys, double least);

}  // namespace kindred::reference

// Means and scatter matrices, scalar and in double.
#pragma once

#include "kindred/linalg/scatter.h"

namespace kindred::reference {

Scatter scatter(ConstMatrix x);

}  // namespace kindred::reference

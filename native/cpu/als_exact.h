#pragma once

#include "cpu/als_rows.h"

namespace kindred {

// Every row of X the exact solution. `Y` and `gram_of_y` are those of `basis`.
void als_exact(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsBasis& basis, Matrix X,
               const AlsOptions& options, const AbortFlag* abort);

}  // namespace kindred

#pragma once

#include "cpu/als/als_rows.h"

namespace kindred {

// Every row of X after options.cg_steps steps from where it is. `targets` as als_target takes them.
void als_conjugate_gradient(const CsrView& Cui, const AlsBasis& basis, Matrix X, const AlsOptions& options,
                            const float* targets, const AbortFlag* abort);

}  // namespace kindred

#pragma once

#include "cpu/als_rows.h"

namespace kindred {

// Every row of X after options.cg_steps steps from where it is.
void als_conjugate_gradient(const CsrView& Cui, const AlsBasis& basis, Matrix X, const AlsOptions& options,
                            const AbortFlag* abort);

}  // namespace kindred

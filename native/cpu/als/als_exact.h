#pragma once

#include "cpu/als/als_rows.h"

namespace kindred {

// Every row of X the exact solution, or exact in one block of coordinates after the other (AlsSolver::block; Rendle,
// Krichene, Zhang and Koren 2021, "iALS++: Speeding up matrix factorization with subspace optimization", algorithm 2;
// the blocks are eigenvectors of Y'Y, which leaves D alone to couple them). `Y` and `gram_of_y` are those of `basis`,
// `targets` as als_target takes them.
void als_exact(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsBasis& basis, Matrix X,
               const AlsOptions& options, const float* targets, const AbortFlag* abort);

}  // namespace kindred

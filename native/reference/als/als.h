// Alternating least squares with every system written out in double.
#pragma once

#include <vector>

#include "kindred/als/als.h"

namespace kindred::reference {

// X [Cui.rows, factors]: each row the exact solution of (Y'CuY + lambda_u I) x = Y'Cu p(u), by elimination.
std::vector<double> als_exact(const CsrView& Cui, ConstMatrix Y, const AlsOptions& options);

// The same with a prior [Cui.rows, factors] for each row, as kindred::als_half_sweep says.
std::vector<double> als_with_prior(const CsrView& Cui, ConstMatrix Y, ConstMatrix prior, const AlsOptions& options);

// X after options.cg_steps conjugate gradient steps on the same systems, from X, preconditioned with w0 Y'Y + lambda_u
// I (Golub and Van Loan 2013, algorithm 11.5.1).
std::vector<double> als_conjugate_gradient(const CsrView& Cui, ConstMatrix Y, ConstMatrix X, const AlsOptions& options);

// X after one pass of exact solutions in the subspaces that rows [b * block, (b + 1) * block) of `directions` [factors,
// factors] span, b = 0, 1, ..., on the same systems, from X.
std::vector<double> als_blocks(const CsrView& Cui, ConstMatrix Y, ConstMatrix X, const AlsOptions& options,
                               const std::vector<double>& directions, int64_t block);

// The sum over all pairs, stored or not.
double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options);

}  // namespace kindred::reference

// Alternating least squares with every system written out in double.
#pragma once

#include <vector>

#include "kindred/als.h"

namespace kindred::reference {

// X [Cui.rows, factors]: each row the exact solution of (Y'CuY + lambda_u I) x = Y'Cu p(u), by elimination.
std::vector<double> als_exact(const CsrView& Cui, ConstMatrix Y, const AlsOptions& options);

// X after options.cg_steps conjugate gradient steps on the same systems, from X, preconditioned with w0 Y'Y + lambda_u
// I (Golub and Van Loan 2013, algorithm 11.5.1).
std::vector<double> als_conjugate_gradient(const CsrView& Cui, ConstMatrix Y, ConstMatrix X, const AlsOptions& options);

// The sum over all pairs, stored or not.
double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options);

}  // namespace kindred::reference

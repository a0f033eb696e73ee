// Alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit
// feedback datasets"): confidence c = w0 + alpha |w| and preference p = 1 for w > 0, 0 otherwise, for stored weights w;
// c = w0, p = 0 everywhere else, w0 the unobserved weight. Loss: sum over all (u, i) of c (p - x_u . y_i)^2 +
// sum_u lambda_u |x_u|^2 + sum_i lambda_i |y_i|^2, where a row with n stored weights among m columns has
// lambda = regularization (n + w0 m)^nu (Rendle, Krichene, Zhang and Koren 2021, "Revisiting the performance of iALS on
// item recommendation benchmarks", section 3.2); nu = 0 gives every row the same.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

enum class AlsSolver {
  conjugate_gradient,  // a few warm-started, preconditioned steps a row (Takacs, Pilaszy and Tikk 2011)
  cholesky,            // exact
  block                // exact in one block of factors after the other (iALS++; Rendle, Krichene, Zhang and Koren 2021)
};

struct AlsOptions {
  double regularization = 0.01;
  double regularization_exponent = 0;  // nu
  double unobserved_weight = 1;        // w0
  float alpha = 1;
  AlsSolver solver = AlsSolver::conjugate_gradient;
  int cg_steps = 3;
  int block_size = 128;
};

// One half-sweep: every row x_u of X [Cui.rows, factors] is solved for with Y [Cui.cols, factors] fixed. Conjugate
// gradients and blocks start from the given X; the former are preconditioned with w0 Y'Y + lambda_u I, whose inverse
// they know exactly; an eigenvalue below 1e-8 of the largest counts as that much. A row without stored weights becomes
// zero, one that leaves the range of floats NaN. `gram_of_y` is Y'Y from gram(), without regularisation. Cui needs its
// values. Throws ERR_SHAPE for shapes that do not fit and for factors that are not contiguous (stride == cols),
// ERR_NOT_POSITIVE_DEFINITE naming the row (Cholesky, block), ERR_VALUE if gram_of_y is not finite.
//
// With a `prior` [Cui.rows, factors], what is known of the rows beforehand, unobserved pairs and the penalty draw a row
// to it instead of to zero: x_u minimises sum over stored i of c (p - x_u . y_i)^2 + sum over the others of
// w0 ((x_u - prior_u) . y_i)^2 + lambda_u |x_u - prior_u|^2, where a stored weight of 0 counts as none. A row without
// stored weights becomes its prior.
void als_half_sweep(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                    const AlsOptions& options, const AbortFlag* abort, const ConstMatrix* prior = nullptr);

// The loss above in double; the same bits for any number of threads. Time O(nonzeros * factors).
double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options, const AbortFlag* abort);

// What each stored weight of the one row of Cui adds to the row's score of `item` (Hu et al. 2008, section 5): x .
// y_item = sum over j of y_item' A^-1 y_j c_j p_j with A the row's matrix, so that they add up to the score of the
// exact solution [Cui.nonzeros()]. Throws as als_half_sweep.
std::vector<double> als_contributions(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y,
                                      int64_t item, const AlsOptions& options, const AbortFlag* abort);

}  // namespace kindred

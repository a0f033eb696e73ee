// Alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit
// feedback datasets"): confidence c = 1 + alpha |w| and preference p = 1 for w > 0, 0 otherwise, for stored weights w;
// c = 1, p = 0 everywhere else. Loss: sum over all (u, i) of c (p - x_u . y_i)^2 + regularization (|X|^2 + |Y|^2).
#pragma once

#include <vector>

#include "kindred/matrix.h"
#include "kindred/pool.h"

namespace kindred {

enum class AlsSolver {
  conjugate_gradient,  // a few warm-started steps a row (Takacs, Pilaszy and Tikk 2011)
  cholesky             // exact
};

struct AlsOptions {
  double regularization = 0.01;
  float alpha = 1;
  AlsSolver solver = AlsSolver::conjugate_gradient;
  int cg_steps = 3;
};

// One half-sweep: every row x_u of X [Cui.rows, factors] is solved for with Y [Cui.cols, factors] fixed. Conjugate
// gradients start from the given X; a row without stored weights becomes zero. `gram_of_y` is Y'Y from gram(), without
// regularisation. Cui needs its values. Throws ERR_SHAPE for shapes that do not fit and for factors that are not
// contiguous (stride == cols), ERR_NOT_POSITIVE_DEFINITE naming the row (Cholesky).
void als_half_sweep(const CsrView& Cui, ConstMatrix Y, const std::vector<double>& gram_of_y, Matrix X,
                    const AlsOptions& options, const AbortFlag* abort);

// The loss above in double; the same bits for any number of threads. Time O(nonzeros * factors).
double als_loss(const CsrView& Cui, ConstMatrix X, ConstMatrix Y, const AlsOptions& options, const AbortFlag* abort);

}  // namespace kindred

// Steps of optimisers: how a gradient changes weights and what is kept beside them.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// Sum of squares, in double over blocks that do not depend on the number of threads; squares that no float holds too.
double sum_of_squares(const float* x, int64_t n, const AbortFlag* abort);

// With v a weight and g its gradient, as PyTorch has them; m, s and z are kept.
enum class UpdateRule {
  sgd,       // g += decay v; v -= rate g
  momentum,  // g += decay v; m = beta1 m + g; v -= rate m (Polyak 1964)
  nesterov,  // g += decay v; m = beta1 m + g; v -= rate (g + beta1 m) (Sutskever et al. 2013)
  adagrad,   // g += decay v; s += g^2; v -= rate g / (sqrt(s) + epsilon) (Duchi, Hazan, Singer 2011)
  adam,      // g += decay v; then as adamw without its decay (Kingma and Ba 2015)
  adamw,     // v -= rate decay v; v -= rate m_hat / (sqrt(s_hat) + epsilon) (Loshchilov and Hutter 2019, algorithm 2)
  ftrl,      // FTRL-Proximal (McMahan et al. 2013, algorithm 1): alpha is the rate, beta is beta1, lambda2 the decay
};

// How many numbers are kept beside each weight: 0, 1 or 2.
int kept_numbers(UpdateRule rule);

struct OptimizerStep {
  UpdateRule rule;
  float rate;       // above 0 for ftrl
  float scale;      // of the gradient: clipping
  float decay = 0;  // L2, or decoupled
  float beta1 = 0;
  float beta2 = 0;
  float epsilon = 0;
  float l1 = 0;      // ftrl
  int64_t step = 1;  // from 1, for the correction of the bias of adam and adamw
};

// weights, first and second [n]; first and second are null where the rule keeps fewer numbers. adam, adamw: mean and
// square; ftrl: z and the sum of squares. A weight of ftrl that has seen no gradient stands as if it were learnt: z is
// what gives it.
void update(const OptimizerStep& step, const float* gradient, int64_t n, float* weights, float* first, float* second,
            const AbortFlag* abort);

// The same for the rows [count] of a matrix alone (-1: none), whose gradients are sums [count, dims]. Rows that are not
// named keep their weights and what is beside them. first and second: without data where there are none.
void update_rows(const OptimizerStep& step, const int32_t* rows, ConstMatrix sums, Matrix weights, Matrix first,
                 Matrix second, const AbortFlag* abort);

// y = keep y + share x, [n]: sums of gradients, means of weights.
void blend(float keep, float share, const float* x, int64_t n, float* y, const AbortFlag* abort);

// The same for the rows [count] of a matrix alone (-1: none), by x [count, dims].
void blend_rows(float keep, float share, const int32_t* rows, ConstMatrix x, Matrix y, const AbortFlag* abort);

}  // namespace kindred::nn

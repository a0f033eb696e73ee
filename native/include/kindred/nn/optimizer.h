// Steps of optimisers.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// Sum of squares, in double over blocks that do not depend on the number of threads; squares that no float holds too.
double sum_of_squares(const float* x, int64_t n, const AbortFlag* abort);

// AdamW (Loshchilov and Hutter 2019, algorithm 2), as PyTorch has it: v -= rate * decay * v, then v -= rate * m_hat /
// (sqrt(s_hat) + epsilon).
struct AdamW {
  float rate;
  float beta1, beta2;
  float epsilon;
  float decay;
  float scale;   // of the gradient: clipping
  int64_t step;  // from 1, for the correction of the bias of m and s
};

// weights, mean, square [n]
void adamw(const AdamW& step, const float* gradient, int64_t n, float* weights, float* mean, float* square,
           const AbortFlag* abort);

// The same for the rows [count] of a matrix alone (-1: none), whose gradients are sums [count, dims]: lazy Adam. Rows
// that are not named keep their weights, mean and square.
void adamw_rows(const AdamW& step, const int32_t* rows, ConstMatrix sums, Matrix weights, Matrix mean, Matrix square,
                const AbortFlag* abort);

}  // namespace kindred::nn

// How far two distributions that were computed are from each other, where both are learnt.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// The mean over rows of (KL(p | q) + KL(q | p)) / 2, with p = softmax(a row), q = softmax(b row) (Liang et al. 2021,
// "R-Drop", equation 2); 0 where there is no row. a, b [rows, classes]
float symmetric_divergence(ConstMatrix a, ConstMatrix b, const AbortFlag* abort);

// da [rows, classes], times dloss. That of b is the same function with a and b exchanged.
void symmetric_divergence_gradient(ConstMatrix a, ConstMatrix b, float dloss, Matrix da, const AbortFlag* abort);

}  // namespace kindred::nn

// How much a loss depends on parts of a network: what pruning goes by.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// out [sequences, dims]: the sums over each sequence's rows of a times b. With b the gradient of a it is the gradient
// of a mask on each column (Michel, Levy, Neubig 2019, equation 2), sequence by sequence.
void sequence_products(ConstMatrix a, ConstMatrix b, const Sequences& sequences, Matrix out, const AbortFlag* abort);

// With s = |weight * gradient|: mean = beta1 mean + (1 - beta1) s, then uncertainty = beta2 uncertainty + (1 - beta2)
// |s - mean| (Zhang et al. 2023, "AdaLoRA", equations 9 and 10). All [n].
void smoothed_sensitivity(const float* weights, const float* gradient, int64_t n, float beta1, float beta2, float* mean,
                          float* uncertainty, const AbortFlag* abort);

}  // namespace kindred::nn

// Functions of single numbers between the products of a network, and their gradients.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

enum class Activation {
  relu,
  gelu,       // x Phi(x) (Hendrycks and Gimpel 2016)
  gelu_tanh,  // its approximation by tanh, as GPT-2 has it
  tanh,
  sigmoid,
  silu  // x sigmoid(x)
};

// y[i] = f(x[i]); y may be x
void activate(Activation kind, const float* x, int64_t n, float* y, const AbortFlag* abort);

// dx[i] = f'(x[i]) dy[i]; dx may be dy
void activation_gradient(Activation kind, const float* x, const float* dy, int64_t n, float* dx,
                         const AbortFlag* abort);

}  // namespace kindred::nn

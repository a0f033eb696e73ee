// What networks compute between their products.
#pragma once

#include <stdint.h>

namespace kindred {

// Constants of one step of an optimiser.
struct UpdateStep {
  int rule;     // kindred::nn::UpdateRule
  float rate;   // adam, adamw: over 1 - beta1^t
  float scale;  // of the gradient
  float decay;  // times the weight, added to the gradient; lambda2 of ftrl
  float keep;   // of the weight: 1 - rate * decay for adamw, else 1
  float beta1, beta2;
  float square_scale;  // 1 / (1 - beta2^t)
  float epsilon;
  float l1;
};

// One head of one sequence of n tokens: rows are `stride` apart, `dims` wide.
struct HeadShape {
  int64_t n, dims, stride;
  float scale;
  bool causal;
};

struct NnKernels {
  // nn/isa/activation.cpp; kind: kindred::nn::Activation
  void (*activate)(int kind, const float* x, int64_t n, float* y);
  void (*activation_gradient)(int kind, const float* x, const float* dy, int64_t n, float* dx);

  // nn/isa/rows.cpp
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, int64_t n, float epsilon, float* y,
                     float* mean, float* rstd);
  // dgamma and dbeta [n] are added to
  void (*layer_norm_gradient)(const float* x, const float* gamma, float mean, float rstd, const float* dy, int64_t n,
                              float* dx, float* dgamma, float* dbeta);
  // y = exp(x - max x) / its sum; returns ln of the sum + max x, n > 0
  float (*softmax)(const float* x, int64_t n, float* y);

  // nn/isa/optimizer.cpp
  void (*update)(const UpdateStep& step, const float* gradient, int64_t n, float* weights, float* first, float* second);
  void (*blend)(float keep, float share, const float* x, int64_t n, float* y);  // y = keep y + share x

  // nn/isa/attention.cpp: y rows and log_sums[i * log_step]; scratch as large as attention_scratch says
  void (*attend)(const HeadShape& shape, const float* q, const float* k, const float* v, float* y, float* log_sums,
                 int64_t log_step, float* scratch);
  // dq, dk, dv rows are overwritten
  void (*attend_gradient)(const HeadShape& shape, const float* q, const float* k, const float* v, const float* y,
                          const float* log_sums, int64_t log_step, const float* dy, float* dq, float* dk, float* dv,
                          float* scratch);
  int64_t (*attention_scratch)(int64_t n, int64_t dims);  // floats
};

}  // namespace kindred

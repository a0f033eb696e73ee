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
  const float* biases;  // biases[j - i] is added to the score of query i and key j; null: none. A vector more is read.
  // Dropout: the weight of query i and key j falls away where a hash of (key, i, j) is below `least`, and is else times
  // `keep`; 0: none falls away
  uint32_t least;
  float keep;
  uint64_t key;
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

  // dx of y = softmax(x), and of y = ln softmax(x)
  void (*softmax_gradient)(const float* y, const float* dy, int64_t n, float* dx);
  void (*log_softmax_gradient)(const float* y, const float* dy, int64_t n, float* dx);
  void (*rms_norm)(const float* x, const float* gamma, int64_t n, float epsilon, float* y, float* rstd);
  // dgamma [n] is added to
  void (*rms_norm_gradient)(const float* x, const float* gamma, float rstd, const float* dy, int64_t n, float* dx,
                            float* dgamma);

  // nn/isa/elementwise.cpp; kind: kindred::nn::Combination. A step is 1, or 0: of the first number alone
  void (*combine)(int kind, const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t n, float* y);
  // kind: kindred::nn::Function
  void (*apply)(int kind, const float* x, int64_t n, float* y);
  // y = x [2 half] with each pair (x[i], x[half + i]) turned by an angle
  void (*rotate)(const float* x, const float* cosines, const float* sines, int64_t half, float* y);

  // nn/isa/dropout.cpp: y = x * scale, or 0 where a hash is below `least`: of numbers 2 * p and 2 * p + 1 the halves of
  // that of key and p; x begins with those of `pair`
  void (*dropout)(const float* x, int64_t n, uint32_t least, float scale, uint64_t key, int64_t pair, float* y);

  // nn/isa/attention.cpp: what all queries of a head share is laid out in scratch memory, as large as attention_scratch
  // says, then queries [begin, end) are computed, begin a multiple of attention_block
  int64_t attention_block;
  int64_t (*attention_scratch)(int64_t n, int64_t dims);  // floats
  void (*attend_begin)(const HeadShape& shape, const float* k, const float* v, float* scratch);
  // y rows and log_sums[i * log_step]
  void (*attend)(const HeadShape& shape, int64_t begin, int64_t end, const float* q, float* y, float* log_sums,
                 int64_t log_step, float* scratch);
  void (*attend_gradient_begin)(const HeadShape& shape, const float* k, const float* v, float* scratch);
  // dq rows are overwritten; dbiases[j - i] is added to, unless null (a vector more is touched)
  void (*attend_gradient)(const HeadShape& shape, int64_t begin, int64_t end, const float* q, const float* y,
                          const float* log_sums, int64_t log_step, const float* dy, float* dq, float* dbiases,
                          float* scratch);
  // dk, dv rows are overwritten
  void (*attend_gradient_end)(const HeadShape& shape, float* dk, float* dv, float* scratch);
};

}  // namespace kindred

// Pooling of token states, scalar and in double.
#pragma once

#include <vector>

#include "kindred/pooling/pooling.h"

namespace kindred::reference {

// [batch, dims]
std::vector<double> pool(const TokenStates& in, Pooling pooling);

// TokenStates in double, so that differences of attention_pool are accurate enough to check its gradients.
struct DoubleStates {
  const double* states;  // [batch, tokens, dims]
  const uint8_t* mask;   // [batch, tokens]
  int64_t batch;
  int64_t tokens;
  int64_t dims;
};

// queries [heads, dims] -> [batch, dims]
std::vector<double> attention_pool(const DoubleStates& in, const double* queries, int64_t heads);

struct AttentionGradients {
  std::vector<double> queries;  // [heads, dims]
  std::vector<double> states;   // [batch, tokens, dims]
};

// From d_out [batch, dims].
AttentionGradients attention_pool_backward(const DoubleStates& in, const double* queries, int64_t heads,
                                           const double* d_out);

}  // namespace kindred::reference

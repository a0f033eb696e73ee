// Multi-head attention within sequences, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

struct Attention {
  std::vector<int32_t> offsets;  // [sequences + 1]
  int64_t heads;
  double scale;
  bool causal;
  Table biases = Table(0, 0);  // [buckets, heads], see nn::RelativeBiases; none of no rows
  int64_t max_distance = 128;
  bool bidirectional = true;
  double dropout = 0;
  uint64_t seed = 0;
};

int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance, bool bidirectional);

// What dropout multiplies the weight of a query and a key by, both by their place in their sequence, which begins with
// the token `first`.
double kept(const Attention& shape, int64_t first, int64_t head, int64_t query, int64_t key);

struct Attended {
  Table y;         // [tokens, dims]
  Table log_sums;  // [tokens, heads]
};
Attended attention(const Attention& shape, const Table& q, const Table& k, const Table& v);

struct AttentionGradient {
  Table q, k, v;
  Table biases;
};
AttentionGradient attention_gradient(const Attention& shape, const Table& q, const Table& k, const Table& v,
                                     const Table& dy);

}  // namespace kindred::reference

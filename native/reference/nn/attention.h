// Multi-head attention within sequences, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

struct Attention {
  std::vector<int32_t> offsets;  // [sequences + 1]
  int64_t heads;
  double scale;
  bool causal;
};

struct Attended {
  Table y;         // [tokens, dims]
  Table log_sums;  // [tokens, heads]
};
Attended attention(const Attention& shape, const Table& q, const Table& k, const Table& v);

struct AttentionGradient {
  Table q, k, v;
};
AttentionGradient attention_gradient(const Attention& shape, const Table& q, const Table& k, const Table& v,
                                     const Table& dy);

}  // namespace kindred::reference

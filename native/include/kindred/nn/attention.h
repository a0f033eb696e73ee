// Multi-head attention within sequences that lie end to end: nothing is computed on padding.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// Sequence s has the tokens offsets[s] .. offsets[s + 1), ascending from 0 to the number of rows.
struct Sequences {
  const int32_t* offsets;  // [count + 1]
  int64_t count;
};

// Of each head, with slices of dims / heads columns: y_i = sum over j of p_ij v_j, p_i = softmax over the tokens j of
// the sequence (with `causal`, j <= i) of scale q_i . k_j (Vaswani et al. 2017, section 3.2). q, k, v, y [tokens,
// dims]. log_sums [tokens, heads] are the logarithms of the softmax's denominators, kept for the gradient, which
// computes p again.
struct AttentionShape {
  Sequences sequences;
  int64_t heads;  // a divisor of dims, else ERR_SHAPE
  float scale;
  bool causal;  // a token that is infinite or NaN may make up to three before it NaN, too
};

void attention(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, Matrix y, float* log_sums,
               const AbortFlag* abort);

// dq, dk, dv [tokens, dims] from y, log_sums and dy
void attention_gradient(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, ConstMatrix y,
                        const float* log_sums, ConstMatrix dy, Matrix dq, Matrix dk, Matrix dv, const AbortFlag* abort);

// ERR_SHAPE unless offsets ascend from 0 to `tokens`
void check_sequences(const Sequences& sequences, int64_t tokens);

}  // namespace kindred::nn

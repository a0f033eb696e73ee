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

// Learnt biases of the scores by the distance between tokens, as T5 has them (Raffel et al. 2020, section 2.1): near
// distances have a bucket each, those up to max_distance share buckets that widen with their logarithm, and all beyond
// share the last. `bidirectional`: one half of the buckets for keys up to the query, the other for those behind it;
// else keys behind it are at distance 0.
struct RelativeBiases {
  ConstMatrix table;  // [buckets, heads]
  int64_t max_distance = 0;
  bool bidirectional = true;
};

// The bucket of key - query; ERR_SHAPE for fewer than 2 buckets a way, or a max_distance that is not beyond half of
// them.
int32_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance, bool bidirectional);

// Of each head, with slices of dims / heads columns: y_i = sum over j of m_ij p_ij v_j, p_i = softmax over the tokens j
// of the sequence (with `causal`, j <= i) of scale q_i . k_j + bias of j - i (Vaswani et al. 2017, section 3.2), and
// m_ij, which depends on the seed, the query's row, the head and j alone, is 0 with the probability `dropout`, else
// 1 / (1 - dropout). q, k, v, y [tokens, dims]. log_sums [tokens, heads] are the logarithms of the softmax's
// denominators, kept for the gradient, which computes p and m again. A run of some hundred thousand products hears an
// abort, within a long sequence too.
struct AttentionShape {
  Sequences sequences;
  int64_t heads;  // a divisor of dims, else ERR_SHAPE
  float scale;
  bool causal;                 // a token that is infinite or NaN may make up to three before it NaN, too
  RelativeBiases biases = {};  // of no table: none
  float dropout = 0;           // in [0, 1)
  uint64_t seed = 0;
};

void attention(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, Matrix y, float* log_sums,
               const AbortFlag* abort);

// dq, dk, dv [tokens, dims] and, unless it has no data, dbiases [buckets, heads], from y, log_sums and dy
void attention_gradient(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, ConstMatrix y,
                        const float* log_sums, ConstMatrix dy, Matrix dq, Matrix dk, Matrix dv, const AbortFlag* abort,
                        Matrix dbiases = {});

// ERR_SHAPE unless offsets ascend from 0 to `tokens`
void check_sequences(const Sequences& sequences, int64_t tokens);

}  // namespace kindred::nn

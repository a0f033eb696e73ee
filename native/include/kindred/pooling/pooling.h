// One vector per text from the states of its tokens.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

enum class Pooling { cls, mean, max };

// Padded token states of a batch. A token counts where mask is not 0.
struct TokenStates {
  const float* states;  // [batch, tokens, dims]
  const uint8_t* mask;  // [batch, tokens]
  int64_t batch;
  int64_t tokens;
  int64_t dims;
};

// out [batch, dims]: the first token's state (cls), the mean or the elementwise maximum of those that count.
// NaN in a token that counts makes NaN of that dimension, also of the maximum (of cls only in the token taken).
// A text without any counting token gives the zero vector (cls takes the first token that counts).
void pool(const TokenStates& in, Pooling pooling, float* out, const AbortFlag* abort);

// Attention pooling. Head h has a query vector over whole token states and pools its own slice of dims / heads
// dimensions: with s[t] = query_h . x_t / sqrt(dims) and w = softmax of s over the tokens that count,
// out[slice h] = sum_t w[t] x_t[slice h]. A zero query is mean pooling; no counting token gives the zero vector.
// (A learned query in place of the [CLS] token: Yang et al. 2016, "Hierarchical Attention Networks", section 2.2,
// with the heads of Vaswani et al. 2017, section 3.2.2.)
void attention_pool(const TokenStates& in, const float* queries /* [heads, dims] */, int64_t heads,
                    float* out /* [batch, dims] */, const AbortFlag* abort);

// Gradients of a loss with respect to the queries (overwritten; may be null) and the states (overwritten; may be
// null; 0 for tokens that do not count), from d_out [batch, dims]. The weights are computed again.
void attention_pool_backward(const TokenStates& in, const float* queries, int64_t heads, const float* d_out,
                             float* d_queries /* [heads, dims] */, float* d_states /* [batch, tokens, dims] */,
                             const AbortFlag* abort);

}  // namespace kindred

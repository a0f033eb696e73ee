#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/pooling/pooling.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

void check_heads(int64_t heads, int64_t dims) {
  if (heads < 1 || dims % heads != 0)
    fail_value("heads: expected a divisor of " + std::to_string(dims) + " dimensions but received " +
               std::to_string(heads) + ".");
}

// weights [tokens] of one head over one text; false when no token counts
bool attend(const float* states, const uint8_t* mask, int64_t tokens, int64_t dims, const float* query,
            float* weights) {
  const Kernels& k = kernels();
  const float scale = 1.0f / std::sqrt(static_cast<float>(dims));
  float largest = -INFINITY;
  bool any = false;  // not derived from `largest`: scores that are all NaN must come out as NaN
  for (int64_t t = 0; t < tokens; ++t) {
    if (!mask[t]) continue;
    any = true;
    largest = std::max(largest, weights[t] = scale * k.dot(query, states + t * dims, dims));
  }
  if (!any) {
    std::fill_n(weights, tokens, 0.0f);
    return false;
  }
  float total = 0;
  for (int64_t t = 0; t < tokens; ++t) total += weights[t] = mask[t] ? std::exp(weights[t] - largest) : 0.0f;
  k.scale(1.0f / total, weights, tokens);
  return true;
}

}  // namespace

void attention_pool(const TokenStates& in, const float* queries, int64_t heads, float* out, const AbortFlag* abort) {
  check_heads(heads, in.dims);
  const Kernels& k = kernels();
  const int64_t dims = in.dims, slice = dims / heads;
  parallel_for(in.batch, 1, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> weights(in.tokens);
    for (int64_t b = begin; b < end; ++b) {
      const float* states = in.states + b * in.tokens * dims;
      const uint8_t* mask = in.mask + b * in.tokens;
      std::fill_n(out + b * dims, dims, 0.0f);
      for (int64_t h = 0; h < heads; ++h) {
        if (!attend(states, mask, in.tokens, dims, queries + h * dims, weights.data())) break;
        float* target = out + b * dims + h * slice;
        for (int64_t t = 0; t < in.tokens; ++t)
          if (mask[t]) k.axpy(weights[t], states + t * dims + h * slice, target, slice);
      }
    }
  });
}

void attention_pool_backward(const TokenStates& in, const float* queries, int64_t heads, const float* d_out,
                             float* d_queries, float* d_states, const AbortFlag* abort) {
  check_heads(heads, in.dims);
  const Kernels& k = kernels();
  const int64_t dims = in.dims, slice = dims / heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(dims));
  // Each text writes its own gradient of the queries; they are added in order afterwards, whatever the threads did.
  std::vector<float> partial(d_queries ? in.batch * heads * dims : 0, 0.0f);
  parallel_for(in.batch, 1, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> weights(in.tokens), d_scores(in.tokens);
    for (int64_t b = begin; b < end; ++b) {
      const float* states = in.states + b * in.tokens * dims;
      const uint8_t* mask = in.mask + b * in.tokens;
      if (d_states) std::fill_n(d_states + b * in.tokens * dims, in.tokens * dims, 0.0f);
      for (int64_t h = 0; h < heads; ++h) {
        const float* query = queries + h * dims;
        const float* d_target = d_out + b * dims + h * slice;
        if (!attend(states, mask, in.tokens, dims, query, weights.data())) break;
        // ds[t] = w[t] (dw[t] - sum_u w[u] dw[u]), dw[t] = d_target . x_t[slice h]
        float mean = 0;
        for (int64_t t = 0; t < in.tokens; ++t) {
          d_scores[t] = mask[t] ? k.dot(d_target, states + t * dims + h * slice, slice) : 0.0f;
          mean += weights[t] * d_scores[t];
        }
        for (int64_t t = 0; t < in.tokens; ++t) d_scores[t] = weights[t] * (d_scores[t] - mean);
        for (int64_t t = 0; t < in.tokens; ++t) {
          if (!mask[t]) continue;
          const float* state = states + t * dims;
          if (d_queries) k.axpy(scale * d_scores[t], state, partial.data() + (b * heads + h) * dims, dims);
          if (!d_states) continue;
          float* d_state = d_states + (b * in.tokens + t) * dims;
          k.axpy(weights[t], d_target, d_state + h * slice, slice);
          k.axpy(scale * d_scores[t], query, d_state, dims);
        }
      }
    }
  });
  if (!d_queries) return;
  std::fill_n(d_queries, heads * dims, 0.0f);
  for (int64_t b = 0; b < in.batch; ++b) k.axpy(1.0f, partial.data() + b * heads * dims, d_queries, heads * dims);
}

}  // namespace kindred

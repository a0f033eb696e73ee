#include <algorithm>
#include <cmath>

#include "reference/pooling/pooling.h"

namespace kindred::reference {
namespace {

// Softmax over the counting tokens of text b of query . x_t / sqrt(dims): [tokens], 0 for tokens that do not count.
std::vector<double> attention_weights(const DoubleStates& in, int64_t b, const double* query) {
  std::vector<double> score(in.tokens, -INFINITY), weight(in.tokens, 0.0);
  double largest = -INFINITY, total = 0;
  for (int64_t t = 0; t < in.tokens; ++t) {
    if (in.mask[b * in.tokens + t] == 0) continue;
    double product = 0;
    for (int64_t d = 0; d < in.dims; ++d) product += query[d] * in.states[(b * in.tokens + t) * in.dims + d];
    score[t] = product / std::sqrt(static_cast<double>(in.dims));
    largest = std::max(largest, score[t]);
  }
  for (int64_t t = 0; t < in.tokens; ++t)
    if (in.mask[b * in.tokens + t] != 0) total += weight[t] = std::exp(score[t] - largest);
  for (double& w : weight) w = total > 0 ? w / total : 0;
  return weight;
}

}  // namespace

std::vector<double> attention_pool(const DoubleStates& in, const double* queries, int64_t heads) {
  const int64_t slice = in.dims / heads;
  std::vector<double> out(in.batch * in.dims, 0.0);
  for (int64_t b = 0; b < in.batch; ++b)
    for (int64_t h = 0; h < heads; ++h) {
      const auto weight = attention_weights(in, b, queries + h * in.dims);
      for (int64_t t = 0; t < in.tokens; ++t)
        if (in.mask[b * in.tokens + t] != 0)
          for (int64_t d = h * slice; d < (h + 1) * slice; ++d)
            out[b * in.dims + d] += weight[t] * in.states[(b * in.tokens + t) * in.dims + d];
    }
  return out;
}

AttentionGradients attention_pool_backward(const DoubleStates& in, const double* queries, int64_t heads,
                                           const double* d_out) {
  const int64_t dims = in.dims, tokens = in.tokens, slice = dims / heads;
  const double scale = 1 / std::sqrt(static_cast<double>(dims));
  AttentionGradients gradients;
  gradients.queries.assign(heads * dims, 0.0);
  gradients.states.assign(in.batch * tokens * dims, 0.0);
  for (int64_t b = 0; b < in.batch; ++b)
    for (int64_t h = 0; h < heads; ++h) {
      const double* query = queries + h * dims;
      const auto weight = attention_weights(in, b, query);
      std::vector<double> d_weight(tokens, 0.0);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t d = h * slice; d < (h + 1) * slice; ++d)
          d_weight[t] += d_out[b * dims + d] * in.states[(b * tokens + t) * dims + d];
      for (int64_t t = 0; t < tokens; ++t) {
        if (in.mask[b * tokens + t] == 0) continue;
        // The softmax's Jacobian: dw[u] / ds[t] = w[u] ([u = t] - w[t]).
        double d_score = 0;
        for (int64_t u = 0; u < tokens; ++u)
          if (in.mask[b * tokens + u] != 0) d_score += d_weight[u] * weight[u] * ((u == t ? 1 : 0) - weight[t]);
        const double* state = in.states + (b * tokens + t) * dims;
        double* d_state = gradients.states.data() + (b * tokens + t) * dims;
        for (int64_t d = 0; d < dims; ++d) {
          gradients.queries[h * dims + d] += d_score * scale * state[d];
          d_state[d] += d_score * scale * query[d];
          if (d >= h * slice && d < (h + 1) * slice) d_state[d] += weight[t] * d_out[b * dims + d];
        }
      }
    }
  return gradients;
}

}  // namespace kindred::reference

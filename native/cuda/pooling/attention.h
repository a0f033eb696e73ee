// Attention pooling of one text by a block (kindred/pooling/pooling.h).
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

constexpr int kAttentionThreads = 256;

struct AttentionJob {
  const float* states;   // [batch, tokens, dims]
  const uint8_t* mask;   // [batch, tokens]
  const float* queries;  // [heads, dims]
  int64_t batch, tokens, dims, heads;
  float scale;         // 1 / sqrt(dims)
  float* weights;      // [groups, heads, tokens], of the text in hand
  float* d_scores;     // [groups, heads, tokens]
  const float* d_out;  // [batch, dims]
  float* d_states;     // [batch, tokens, dims], or null
  float* partial;      // [groups, heads, dims]: gradients of the queries from each group's texts, or null
  int64_t groups;      // group g has the texts g, g + groups, ...
};

template <class F>
KINDRED_DEVICE float warp_sum(const Warp& warp, int64_t count, F&& term) {
  PerLane<float> parts;
  warp.lanes([&](int lane) {
    float sum = 0;
    for (int64_t i = lane; i < count; i += kWarp) sum += term(i);
    parts[lane] = sum;
  });
  return warp.sum(parts);
}

// weights [heads, tokens] of text b: zeros for tokens that do not count.
KINDRED_DEVICE void attend(const Block& block, const AttentionJob& job, int64_t b, float* weights) {
  const float* const states = job.states + b * job.tokens * job.dims;
  const uint8_t* const mask = job.mask + b * job.tokens;
  block.warps([&](const Warp& warp) {
    for (int64_t t = warp.index; t < job.tokens; t += block.warp_count()) {
      if (!mask[t]) continue;
      for (int64_t h = 0; h < job.heads; ++h) {
        const float* const query = job.queries + h * job.dims;
        const float product = warp_sum(warp, job.dims, [&](int64_t d) { return query[d] * states[t * job.dims + d]; });
        warp.each(1, [&](int64_t) { weights[h * job.tokens + t] = job.scale * product; });
      }
    }
  });
  block.warps([&](const Warp& warp) {
    for (int64_t h = warp.index; h < job.heads; h += block.warp_count()) {
      float* const w = weights + h * job.tokens;
      PerLane<float> most;
      warp.lanes([&](int lane) {
        most[lane] = -float_of(0x7F800000u);
        for (int64_t t = lane; t < job.tokens; t += kWarp)
          if (mask[t]) most[lane] = fmaxf(most[lane], w[t]);
      });
      const float largest = warp.max(most);
      warp.each(job.tokens, [&](int64_t t) { w[t] = mask[t] ? expf(w[t] - largest) : 0.0f; });
      const float total = warp_sum(warp, job.tokens, [&](int64_t t) { return w[t]; });
      // Only a text without a counting token has no sum: the largest term is 1, or NaN.
      warp.each(job.tokens, [&](int64_t t) { w[t] = total == 0 ? 0.0f : w[t] / total; });
    }
  });
}

// out [dims] of text b.
KINDRED_DEVICE void pool_text(const Block& block, const AttentionJob& job, int64_t b, float* weights, float* out) {
  attend(block, job, b, weights);
  const int64_t slice = job.dims / job.heads;
  block.each(job.dims, [&](int64_t d) {
    const float* const w = weights + d / slice * job.tokens;
    float sum = 0;
    for (int64_t t = 0; t < job.tokens; ++t)
      if (job.mask[b * job.tokens + t]) sum += w[t] * job.states[(b * job.tokens + t) * job.dims + d];
    out[d] = sum;
  });
}

KINDRED_DEVICE void pool_backward_text(const Block& block, const AttentionJob& job, int64_t b, int64_t group) {
  float* const weights = job.weights + group * job.heads * job.tokens;
  float* const d_scores = job.d_scores + group * job.heads * job.tokens;
  attend(block, job, b, weights);
  const int64_t tokens = job.tokens, dims = job.dims, slice = dims / job.heads;
  const uint8_t* const mask = job.mask + b * tokens;
  const float* const states = job.states + b * tokens * dims;
  const float* const d_out = job.d_out + b * dims;
  // ds[t] = w[t] (dw[t] - sum_u w[u] dw[u]), dw[t] = d_out[slice h] . x_t[slice h]
  block.warps([&](const Warp& warp) {
    for (int64_t n = warp.index; n < job.heads * tokens; n += block.warp_count()) {
      const int64_t h = n / tokens, t = n % tokens;
      float product = 0;
      if (mask[t])
        product =
            warp_sum(warp, slice, [&](int64_t d) { return d_out[h * slice + d] * states[t * dims + h * slice + d]; });
      warp.each(1, [&](int64_t) { d_scores[n] = product; });
    }
  });
  block.warps([&](const Warp& warp) {
    for (int64_t h = warp.index; h < job.heads; h += block.warp_count()) {
      float *const ds = d_scores + h * tokens, *const w = weights + h * tokens;
      const float mean = warp_sum(warp, tokens, [&](int64_t t) { return w[t] * ds[t]; });
      warp.each(tokens, [&](int64_t t) { ds[t] = w[t] * (ds[t] - mean); });
    }
  });
  if (job.partial)
    block.each(job.heads * dims, [&](int64_t n) {
      const float* const ds = d_scores + n / dims * tokens;
      float sum = 0;
      for (int64_t t = 0; t < tokens; ++t)
        if (mask[t]) sum += ds[t] * states[t * dims + n % dims];
      job.partial[group * job.heads * dims + n] += job.scale * sum;
    });
  if (job.d_states)
    block.each(tokens * dims, [&](int64_t n) {
      const int64_t t = n / dims, d = n % dims;
      float sum = 0;
      if (mask[t]) {
        for (int64_t h = 0; h < job.heads; ++h) sum += d_scores[h * tokens + t] * job.queries[h * dims + d];
        sum = job.scale * sum + weights[d / slice * tokens + t] * d_out[d];
      }
      job.d_states[b * tokens * dims + n] = sum;
    });
}

KINDRED_DEVICE void pool_group(const Block& block, const AttentionJob& job, int64_t group, float* out) {
  for (int64_t b = group; b < job.batch; b += job.groups)
    pool_text(block, job, b, job.weights + group * job.heads * job.tokens, out + b * job.dims);
}

KINDRED_DEVICE void pool_backward_group(const Block& block, const AttentionJob& job, int64_t group) {
  if (job.partial)
    block.each(job.heads * job.dims, [&](int64_t n) { job.partial[group * job.heads * job.dims + n] = 0; });
  for (int64_t b = group; b < job.batch; b += job.groups) pool_backward_text(block, job, b, group);
}

// Element n of the gradient of the queries, from all groups in their order.
KINDRED_DEVICE float add_groups(const AttentionJob& job, int64_t n) {
  float sum = 0;
  for (int64_t g = 0; g < job.groups; ++g) sum += job.partial[g * job.heads * job.dims + n];
  return sum;
}

}  // namespace kindred::cuda

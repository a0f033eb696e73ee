// The softmax of one row.
#pragma once

#include "cpu/nn/isa/functions.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// y [n] = exp(x - max) / sum, n > 0; y may be x. Returns ln(sum) + max. A row that is -inf throughout, or holds +inf or
// NaN, gives NaN.
KINDRED_INLINE float softmax_of(const float* x, int64_t n, float* y) {
  float largest = x[0];
  int64_t i = 0;
  if (n >= kFloats) {
    vf most = load(x);
    for (i = kFloats; i + kFloats <= n; i += kFloats) most = greatest(most, load(x + i));
    float lanes[kFloats];
    store(lanes, most);
    for (int64_t l = 0; l < kFloats; ++l) largest = lanes[l] > largest ? lanes[l] : largest;
  }
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  vf sums{};
  float rest[kFloats] = {};
  for (i = 0; i + kFloats <= n; i += kFloats) {
    const vf e = exponential(load(x + i) - largest);
    store(y + i, e);
    sums += e;
  }
  float all = sum(sums);
  if (i < n) {
    for (int64_t l = 0; i + l < n; ++l) rest[l] = x[i + l] - largest;
    store(rest, exponential(load(rest)));
    for (int64_t l = 0; i + l < n; ++l) all += y[i + l] = rest[l];
  }
  const float factor = 1.0f / all;
  for (i = 0; i + kFloats <= n; i += kFloats) store(y + i, load(y + i) * factor);
  for (; i < n; ++i) y[i] *= factor;
  return largest + __builtin_logf(all);
}

}  // namespace
}  // namespace kindred::KINDRED_NAMESPACE

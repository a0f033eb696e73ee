// Losses with a margin, and losses of numbers with weights of rows.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// What signs do: a number x of sign s (above 0, or not; null: all above 0).
enum class Margin {
  hinge,  // max(0, margin - s x), s = 1 or -1
  cosine  // 1 - x of a positive sign, max(0, x - margin) of another: PyTorch's CosineEmbeddingLoss of cosines
};

// The mean over [n]; 0 where n is 0. At a corner the gradient is 0.
struct MarginLoss {
  Margin kind;
  const float* x;
  const float* signs;  // [n] or null
  int64_t n;
  float margin;
};
float margin_loss(const MarginLoss& of, const AbortFlag* abort);
void margin_loss_gradient(const MarginLoss& of, float dloss, float* dx, const AbortFlag* abort);

// kindred/nn/losses/loss.h's losses of numbers x [rows, cols], as the mean over columns, row r counting weights[r]
// times (ERR_VALUE for a weight below 0); 0 where nothing counts.
enum class NumberLoss { binary_cross_entropy, squared_error };

struct WeightedLoss {
  NumberLoss kind;
  ConstMatrix x;
  ConstMatrix targets;
  const float* weights;  // [rows]
};
float weighted_loss(const WeightedLoss& of, const AbortFlag* abort);
void weighted_loss_gradient(const WeightedLoss& of, float dloss, Matrix dx, const AbortFlag* abort);

}  // namespace kindred::nn

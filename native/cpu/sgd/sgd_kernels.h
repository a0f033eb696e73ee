// Gradient steps; widths are multiples of kSgdLane.
#pragma once

#include <stdint.h>

#include "kindred/sgd/optimizer.h"

namespace kindred {

// What a step changes.
enum class SgdChange { all, user, item, other };

struct BprSample {
  int32_t user, item, other;  // item preferred to other
};

struct RatingSample {
  int32_t user, item;
  float rating;
};

struct SgdTarget {
  float *X, *Y, *user_bias, *item_bias;
  int64_t width;
  float learning_rate, regularization;
};

// A step of a number v up a gradient g = scale (ascent - penalty v).
struct SgdStep {
  Optimizer optimizer;
  float rate;              // Adam: over 1 - beta_1^t
  float scale;             // 1 / samples of the batch
  float penalty;           // regularization, as often as the batch has the row
  float square_scale = 0;  // Adam: 1 / (1 - beta_2^t), of the root
};

// What Adam does to numbers in steps without a gradient: v += rate * mean / (square_scale * sqrt(square) + epsilon).
struct SgdDrift {
  float rate, square_scale, mean_decay, square_decay;
};

struct SgdKernels {
  // Steps in order; returns the sum of -ln sigma(x_u . (y_i - y_j) + b_i - b_j) before each.
  double (*bpr)(const SgdTarget& target, const BprSample* samples, int64_t count, SgdChange change);
  // Returns `loss` and the squared errors before each step, added up in order.
  double (*rating)(const SgdTarget& target, float mean, const RatingSample* samples, int64_t count, SgdChange change,
                   double loss);

  // sgd/isa/sgd_batches.cpp
  // For the samples places[0 .. count) of one user, whose factors are x: weights[place] = sigma(-difference), and their
  // sum of weight * (y_i - y_j) in ascent [width]; returns the loss.
  double (*bpr_user_ascent)(const SgdTarget& target, const float* x, const BprSample* samples, const int32_t* places,
                            int64_t count, float* weights, float* ascent);
  // For the places[0 .. count) of one item, place 2 n where sample n prefers it and 2 n + 1 where another is preferred
  // to it: the sum of +-weights[n] * x_u in ascent [width]; returns that of +-weights[n].
  float (*bpr_item_ascent)(const SgdTarget& target, const BprSample* samples, const int32_t* places, int64_t count,
                           const float* weights, float* ascent);
  // v, mean and square [n]; adagrad and sgd have no mean, sgd no square
  void (*step)(const SgdStep& step, const float* ascent, float* v, float* mean, float* square, int64_t n);
  void (*drift)(const SgdDrift& drift, float* v, float* mean, float* square, int64_t n);
};

}  // namespace kindred

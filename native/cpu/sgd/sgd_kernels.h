// Gradient steps; widths are multiples of kSgdLane.
#pragma once

#include <cstdint>

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

struct SgdKernels {
  // Steps in order; returns the sum of -ln sigma(x_u . (y_i - y_j) + b_i - b_j) before each.
  double (*bpr)(const SgdTarget& target, const BprSample* samples, int64_t count, SgdChange change);
  // Returns the sum of squared errors before each step.
  double (*rating)(const SgdTarget& target, float mean, const RatingSample* samples, int64_t count, SgdChange change);
};

}  // namespace kindred

// How often each row counts in a mean.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred::nn {

inline float weight_of(const float* weights, int64_t r) { return weights ? weights[r] : 1.0f; }

// The sum of weights [rows], of ones where they are null; ERR_VALUE for one that is negative, infinite or no number
inline double total_weight(const float* weights, int64_t rows) {
  if (!weights) return static_cast<double>(rows);
  double total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    if (!(weights[r] >= 0 && std::isfinite(weights[r])))
      fail_value("weights[" + std::to_string(r) + "]: expected a number of at least 0 but received " +
                 std::to_string(weights[r]) + ".");
    total += weights[r];
  }
  return total;
}

}  // namespace kindred::nn

// What is done to counts in the end.
#pragma once

#include <cmath>

#include "kindred/image/descriptors.h"

namespace kindred {

// Square roots of the shares of the total (Hellinger's kernel as an inner product); zeros stay.
inline void to_roots(float* counts, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += counts[i];
  if (total > 0)
    for (int64_t i = 0; i < n; ++i) counts[i] = static_cast<float>(std::sqrt(counts[i] / total));
}

// Norm 1; zeros stay.
inline void to_unit(float* values, int64_t n) {
  double squares = 0;
  for (int64_t i = 0; i < n; ++i) squares += static_cast<double>(values[i]) * values[i];
  if (squares > 0)
    for (int64_t i = 0; i < n; ++i) values[i] = static_cast<float>(values[i] / std::sqrt(squares));
}

}  // namespace kindred

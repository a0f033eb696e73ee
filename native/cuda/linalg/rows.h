// Rows of floats: norms, checks, copies. By a warp a row.
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

// Divides row [cols] by its Euclidean norm; false if that is zero. As normalize_row (cpu/linalg/normalize.cpp): a row
// with an element that is NaN or infinite becomes NaN.
KINDRED_DEVICE bool normalize_row(const Warp& warp, float* row, int64_t cols) {
  const auto squares_of = [&] {
    PerLane<float> parts;
    warp.lanes([&](int lane) {
      float sum = 0;
      for (int64_t c = lane; c < cols; c += kWarp) sum += row[c] * row[c];
      parts[lane] = sum;
    });
    return warp.sum(parts);
  };
  float squares = squares_of();
  // Outside this range elements are lost to underflow or overflow: the largest becomes 1 first. (NaN is in it.)
  if (squares < 1e-30f || squares > 1e30f) {
    PerLane<float> parts;
    warp.lanes([&](int lane) {
      parts[lane] = 0;
      for (int64_t c = lane; c < cols; c += kWarp) parts[lane] = fmaxf(parts[lane], fabsf(row[c]));
    });
    const float largest = warp.max(parts);
    if (largest == 0) return false;
    warp.each(cols, [&](int64_t c) { row[c] /= largest; });
    squares = squares_of();
  }
  const float scale = 1.0f / sqrtf(squares);
  warp.each(cols, [&](int64_t c) { row[c] *= scale; });
  return true;
}

// first_bad becomes the smallest of itself and this row's number, if row [cols] holds anything not finite.
KINDRED_DEVICE void check_row(const Warp& warp, const float* row, int64_t cols, int64_t number, int64_t* first_bad) {
  warp.each(cols, [&](int64_t c) {
    if (!is_finite(row[c])) min_atomic(first_bad, number);
  });
}

// Row [cols] into a wider one [width], zeros behind it.
KINDRED_DEVICE void widen_row(const Warp& warp, const float* from, int64_t cols, float* to, int64_t width) {
  warp.each(width, [&](int64_t c) { to[c] = c < cols ? from[c] : 0.0f; });
}

KINDRED_DEVICE double norm_of_row(const Warp& warp, const float* row, int64_t cols) {
  PerLane<double> parts;
  warp.lanes([&](int lane) {
    double sum = 0;
    for (int64_t c = lane; c < cols; c += kWarp) sum += static_cast<double>(row[c]) * row[c];
    parts[lane] = sum;
  });
  return sqrt(warp.sum(parts));
}

}  // namespace kindred::cuda

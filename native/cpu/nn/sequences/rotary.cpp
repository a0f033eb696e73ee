#include "kindred/nn/sequences/rotary.h"

#include <cmath>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

int64_t half_of(int64_t dims) {
  if (dims < 2 || dims % 2 != 0)
    fail_shape("angles: expected an even number of dimensions but received " + std::to_string(dims) + ".");
  return dims / 2;
}

}  // namespace

void rotary_angles(const int32_t* positions, float base, Matrix angles, const AbortFlag* abort) {
  const int64_t half = half_of(angles.cols);
  std::vector<double> frequencies(half);
  for (int64_t i = 0; i < half; ++i)
    frequencies[i] = std::pow(static_cast<double>(base), -static_cast<double>(2 * i) / static_cast<double>(2 * half));
  parallel_for(angles.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t)
      for (int64_t i = 0; i < half; ++i) {
        const double angle = positions[t] * frequencies[i];
        angles.row(t)[i] = static_cast<float>(std::cos(angle));
        angles.row(t)[half + i] = static_cast<float>(std::sin(angle));
      }
  });
}

void rotary(ConstMatrix x, ConstMatrix angles, bool inverse, Matrix y, const AbortFlag* abort) {
  const int64_t half = half_of(angles.cols);
  if (x.cols % angles.cols != 0)
    fail_shape("rotary: expected a multiple of " + std::to_string(angles.cols) + " dimensions but received " +
               std::to_string(x.cols) + ".");
  parallel_for(x.rows, 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> back(half);
    for (int64_t t = begin; t < end; ++t) {
      const float* const cosines = angles.row(t);
      const float* sines = cosines + half;
      if (inverse) {
        for (int64_t i = 0; i < half; ++i) back[i] = -sines[i];
        sines = back.data();
      }
      for (int64_t at = 0; at < x.cols; at += angles.cols)
        kernels().nn.rotate(x.row(t) + at, cosines, sines, half, y.row(t) + at);
    }
  });
}

}  // namespace kindred::nn

#include "cpu/encode/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/runtime/kernel_table.h"

namespace kindred::encode {

void pool_states(ConstMatrix states, int64_t unpooled, PoolingMode mode, float* out) {
  const int64_t dims = states.cols, first = std::clamp<int64_t>(unpooled, 0, states.rows), count = states.rows - first;
  std::fill_n(out, dims, 0.0f);
  if (states.rows == 0) return;
  if (mode == PoolingMode::cls) {
    std::copy_n(states.row(count > 0 ? first : 0), dims, out);
    return;
  }
  if (count == 0) return;
  if (mode == PoolingMode::last) {
    std::copy_n(states.row(states.rows - 1), dims, out);
    return;
  }
  if (mode == PoolingMode::max) {
    std::copy_n(states.row(first), dims, out);
    for (int64_t t = first + 1; t < states.rows; ++t) kernels().maximum(states.row(t), out, dims);
    return;
  }
  // Positions are counted from the beginning of the text, the first being 1.
  const bool is_weighted = mode == PoolingMode::weighted_mean;
  double total = 0;
  for (int64_t t = first; t < states.rows; ++t) {
    const float weight = is_weighted ? static_cast<float>(t + 1) : 1.0f;
    kernels().axpy(weight, states.row(t), out, dims);
    total += weight;
  }
  kernels().scale(static_cast<float>(1.0 / (mode == PoolingMode::mean_sqrt ? std::sqrt(total) : total)), out, dims);
}

}  // namespace kindred::encode

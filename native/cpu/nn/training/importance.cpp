#include "kindred/nn/training/importance.h"

#include <algorithm>
#include <cmath>

namespace kindred::nn {

void sequence_products(ConstMatrix a, ConstMatrix b, const Sequences& sequences, Matrix out, const AbortFlag* abort) {
  check_sequences(sequences, a.rows);
  parallel_for(sequences.count, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      float* const sums = out.row(s);
      std::fill_n(sums, out.cols, 0.0f);
      for (int64_t r = sequences.offsets[s]; r < sequences.offsets[s + 1]; ++r)
        for (int64_t c = 0; c < out.cols; ++c) sums[c] += a.row(r)[c] * b.row(r)[c];
    }
  });
}

void smoothed_sensitivity(const float* weights, const float* gradient, int64_t n, float beta1, float beta2, float* mean,
                          float* uncertainty, const AbortFlag* abort) {
  constexpr int64_t kBlock = 1 << 13;
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float s = std::fabs(weights[i] * gradient[i]);
      mean[i] = beta1 * mean[i] + (1 - beta1) * s;
      uncertainty[i] = beta2 * uncertainty[i] + (1 - beta2) * std::fabs(s - mean[i]);
    }
  });
}

}  // namespace kindred::nn

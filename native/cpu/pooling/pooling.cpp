#include "kindred/pooling/pooling.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"

namespace kindred {

void pool(const TokenStates& in, Pooling pooling, float* out, const AbortFlag* abort) {
  const Kernels& k = kernels();
  const int64_t dims = in.dims;
  parallel_for(in.batch, 4, abort, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const float* states = in.states + b * in.tokens * dims;
      const uint8_t* mask = in.mask + b * in.tokens;
      float* target = out + b * dims;
      std::fill_n(target, dims, 0.0f);
      int64_t count = 0;
      for (int64_t t = 0; t < in.tokens; ++t) {
        if (!mask[t]) continue;
        const float* state = states + t * dims;
        if (pooling == Pooling::mean)
          k.axpy(1.0f, state, target, dims);
        else if (count == 0)
          std::copy_n(state, dims, target);
        else
          k.maximum(state, target, dims);
        ++count;
        if (pooling == Pooling::cls) break;
      }
      if (pooling == Pooling::mean && count > 0) k.scale(1.0f / static_cast<float>(count), target, dims);
    }
  });
}

}  // namespace kindred

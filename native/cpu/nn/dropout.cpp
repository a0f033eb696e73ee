#include "kindred/nn/dropout.h"

#include "cpu/runtime/random.h"

namespace kindred::nn {

void dropout(const float* x, int64_t n, float rate, uint64_t seed, float* y, const AbortFlag* abort) {
  const uint32_t least = static_cast<uint32_t>(static_cast<double>(rate) * 0x1p32);
  const float scale = 1.0f / (1.0f - rate);
  const uint64_t key = RandomStream(seed).bits();
  // Two numbers share a hash of their place.
  parallel_for((n + 1) / 2, 1 << 12, abort, [&](int64_t begin, int64_t end) {
    for (int64_t pair = begin; pair < end; ++pair) {
      const uint64_t bits = RandomStream(key + static_cast<uint64_t>(pair) * 0x9e3779b97f4a7c15).bits();
      y[2 * pair] = static_cast<uint32_t>(bits) < least ? 0.0f : x[2 * pair] * scale;
      if (2 * pair + 1 < n)
        y[2 * pair + 1] = static_cast<uint32_t>(bits >> 32) < least ? 0.0f : x[2 * pair + 1] * scale;
    }
  });
}

}  // namespace kindred::nn

#include "kindred/nn/layers/dropout.h"

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 13;  // a multiple of every vector, so that blocks do not change bits

}  // namespace

void dropout(const float* x, int64_t n, float rate, uint64_t seed, float* y, const AbortFlag* abort) {
  const uint32_t least = static_cast<uint32_t>(static_cast<double>(rate) * 0x1p32);
  const float scale = 1.0f / (1.0f - rate);
  const uint64_t key = RandomStream(seed).bits();
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.dropout(x + begin, end - begin, least, scale, key, begin / 2, y + begin);
  });
}

}  // namespace kindred::nn

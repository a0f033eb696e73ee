#include "kindred/nn/layers/activation.h"

#include "cpu/runtime/kernel_table.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 13;  // a multiple of every vector, so that blocks do not change bits

}  // namespace

void activate(Activation kind, const float* x, int64_t n, float* y, const AbortFlag* abort) {
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.activate(static_cast<int>(kind), x + begin, end - begin, y + begin);
  });
}

void activation_gradient(Activation kind, const float* x, const float* dy, int64_t n, float* dx,
                         const AbortFlag* abort) {
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.activation_gradient(static_cast<int>(kind), x + begin, dy + begin, end - begin, dx + begin);
  });
}

}  // namespace kindred::nn

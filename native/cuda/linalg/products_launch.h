// Products of matrices on the device, host side.
#pragma once

#include "cuda/linalg/products.h"
#include "cuda/runtime/objects.h"

namespace kindred::cuda {

// Rows [count, cols], less mean [cols] unless null, into to [count, width], zeros behind them.
void widen(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, const double* mean, float* to,
           int64_t width);

// Rows [count, width] of which [count, cols] go to `to`.
void narrow(KindredCudaContext* context, const float* rows, int64_t count, int64_t width, float* to, int64_t cols);

// out [a.count, stride] = a b', b.count <= stride; what is behind b.count stays.
void multiply(KindredCudaContext* context, const WordRows& a, const WordRows& b, float* out, int64_t stride);

inline WordRows rows_of(const float* data, int64_t count, int64_t width) {
  return {reinterpret_cast<const uint32_t*>(data), count, width};
}

}  // namespace kindred::cuda

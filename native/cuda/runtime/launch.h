// Launches of kernels, and what a kernel works on. A kernel is launched by blocks, by rows (a warp each) or by elements
// (a thread each), and asks this_block(), or this_warp() and this_row(), or this_element(); those of rows and elements
// ask whether theirs exists.
#pragma once

#include "cuda/runtime/context.h"
#include "cuda/runtime/group.h"

#if defined(__CUDACC__)

#define KINDRED_DYNAMIC_SHARED(type, name) extern __shared__ type name[]

namespace kindred::cuda {

constexpr int kThreads = 256;

KINDRED_DEVICE Block this_block() { return Block(); }
KINDRED_DEVICE Warp this_warp() { return Warp(static_cast<int>(threadIdx.x) / kWarp); }
KINDRED_DEVICE int64_t this_element() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
KINDRED_DEVICE int64_t this_row() { return this_element() / kWarp; }

template <class Kernel, class... Arguments>
void launch_blocks(KindredCudaContext* context, const char* what, Kernel kernel, dim3 grid, int threads,
                   int64_t shared_bytes, Arguments... arguments) {
  kernel<<<grid, threads, shared_bytes, context->stream>>>(arguments...);
  context->launched(what);
}

template <class Kernel, class... Arguments>
void launch_elements(KindredCudaContext* context, const char* what, Kernel kernel, int64_t elements,
                     Arguments... arguments) {
  if (elements == 0) return;
  launch_blocks(context, what, kernel, dim3(static_cast<unsigned int>(ceil_div(elements, kThreads))), kThreads, 0,
                arguments...);
}

template <class Kernel, class... Arguments>
void launch_rows(KindredCudaContext* context, const char* what, Kernel kernel, int64_t rows, Arguments... arguments) {
  launch_elements(context, what, kernel, rows * kWarp, arguments...);
}

}  // namespace kindred::cuda

#else
#include "test/emulated_cuda/launch.h"
#endif

namespace kindred::cuda {

inline dim3 grid_of(int64_t x, int64_t y = 1) {
  return dim3(static_cast<unsigned int>(x), static_cast<unsigned int>(y));
}

}  // namespace kindred::cuda

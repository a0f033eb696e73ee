// Launches on the host: one block, row or element after the other.
#pragma once

#include <vector>

#define __global__
#define __shared__ static thread_local
#define __grid_constant__
#define __launch_bounds__(...)
#define KINDRED_DYNAMIC_SHARED(type, name)             \
  static thread_local std::vector<type> name##_;       \
  name##_.resize(cuda::shared_bytes() / sizeof(type)); \
  type* const name = name##_.data()

namespace kindred::cuda {

inline thread_local dim3 blockIdx, gridDim, blockDim;

inline int64_t& current() {
  static thread_local int64_t value = 0;
  return value;
}
inline int64_t& shared_bytes() {
  static thread_local int64_t value = 0;
  return value;
}

inline Block this_block() { return Block(static_cast<int>(blockDim.x)); }
inline Warp this_warp() { return Warp(0); }
inline int64_t this_element() { return current(); }
inline int64_t this_row() { return current(); }

template <class Kernel, class... Arguments>
void launch_blocks(KindredCudaContext*, const char*, Kernel kernel, dim3 grid, int threads, int64_t bytes,
                   Arguments... arguments) {
  backwards() = emulated::number("KINDRED_EMULATED_BACKWARDS", 0) != 0;
  gridDim = grid;
  blockDim = dim3(static_cast<unsigned int>(threads));
  shared_bytes() = bytes;
  for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
    for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) kernel(arguments...);
}

template <class Kernel, class... Arguments>
void launch_elements(KindredCudaContext*, const char*, Kernel kernel, int64_t elements, Arguments... arguments) {
  backwards() = emulated::number("KINDRED_EMULATED_BACKWARDS", 0) != 0;
  for (current() = 0; current() < elements; ++current()) kernel(arguments...);
}

template <class Kernel, class... Arguments>
void launch_rows(KindredCudaContext* context, const char* what, Kernel kernel, int64_t rows, Arguments... arguments) {
  launch_elements(context, what, kernel, rows, arguments...);
}

}  // namespace kindred::cuda

// Kernel bodies are written once, for a device and for a host: in phases, each a call with a function of an index that
// a block's or a warp's threads share out among them and that ends with a barrier. Within a phase, no call may read
// what another one writes. nvcc compiles a phase to a loop over this thread's part, any other compiler to a loop over
// all of it, so that whole kernels run, one block after another, where there is no GPU. What stands between phases is
// executed by every thread and must come out the same for all: what a later phase changes is read through uniform().
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define KINDRED_BOTH __host__ __device__ __forceinline__
#define KINDRED_DEVICE __device__ __forceinline__
#define KINDRED_NOINLINE __device__ __noinline__
#define KINDRED_UNROLL _Pragma("unroll")
#include "cuda/runtime/device_group.h"
#else
#define KINDRED_BOTH inline
#define KINDRED_DEVICE inline
#define KINDRED_NOINLINE inline
#define KINDRED_UNROLL
#include "cuda/runtime/host_group.h"
#endif

namespace kindred::cuda {

constexpr int kWarp = 32;

template <class T>
KINDRED_BOTH T smaller(T a, T b) {
  return b < a ? b : a;
}

template <class T>
KINDRED_BOTH T larger(T a, T b) {
  return a < b ? b : a;
}

KINDRED_BOTH constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
KINDRED_BOTH constexpr int64_t round_up(int64_t a, int64_t b) { return (a + b - 1) / b * b; }

// The least power of two that is no less.
KINDRED_BOTH constexpr int64_t power_of_two(int64_t n) {
  int64_t p = 1;
  while (p < n) p *= 2;
  return p;
}

KINDRED_BOTH bool is_nan(float value) { return !(value == value); }
KINDRED_BOTH bool is_nan(double value) { return !(value == value); }
KINDRED_BOTH bool is_finite(float value) { return value - value == 0; }

struct Float4 {
  float x, y, z, w;
};

// The floats in four words, which lie on a multiple of 16 bytes: one load.
KINDRED_DEVICE Float4 floats_at(const uint32_t* words) {
  struct alignas(16) Four {
    uint32_t x, y, z, w;
  };
  const Four four = *reinterpret_cast<const Four*>(words);
  return {float_of(four.x), float_of(four.y), float_of(four.z), float_of(four.w)};
}

}  // namespace kindred::cuda

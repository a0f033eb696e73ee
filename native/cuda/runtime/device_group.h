// Blocks and warps on the device. See group.h.
#pragma once

namespace kindred::cuda {

// One value for each of N threads: on the device, this thread's.
template <class T, int N>
class PerThread {
 public:
  KINDRED_DEVICE T& operator[](int) { return value_; }
  KINDRED_DEVICE const T& operator[](int) const { return value_; }

 private:
  T value_;
};

template <class T>
using PerLane = PerThread<T, 32>;

class Warp {
 public:
  KINDRED_DEVICE explicit Warp(int index) : index(index) {}

  const int index;  // within the block

  template <class F>
  KINDRED_DEVICE void each(int64_t count, F&& body) const {
    for (int64_t i = threadIdx.x % 32; i < count; i += 32) body(i);
    __syncwarp();
  }

  template <class F>
  KINDRED_DEVICE void lanes(F&& body) const {
    body(static_cast<int>(threadIdx.x % 32));
    __syncwarp();
  }

  template <class T>
  KINDRED_DEVICE T uniform(const T& value) const {
    const T copy = value;
    __syncwarp();
    return copy;
  }

  // Over lanes, as a tree: the same bits on every lane.
  template <class T>
  KINDRED_DEVICE T sum(const PerLane<T>& values) const {
    T total = values[0];
    for (int step = 16; step > 0; step /= 2) total += __shfl_xor_sync(0xFFFFFFFFu, total, step);
    return total;
  }

  // NaN is ignored.
  KINDRED_DEVICE float max(const PerLane<float>& values) const {
    float most = values[0];
    for (int step = 16; step > 0; step /= 2) most = fmaxf(most, __shfl_xor_sync(0xFFFFFFFFu, most, step));
    return most;
  }
};

class Block {
 public:
  KINDRED_DEVICE int threads() const { return static_cast<int>(blockDim.x); }
  KINDRED_DEVICE int warp_count() const { return static_cast<int>(blockDim.x) / 32; }

  template <class F>
  KINDRED_DEVICE void each(int64_t count, F&& body) const {
    for (int64_t i = threadIdx.x; i < count; i += blockDim.x) body(i);
    __syncthreads();
  }

  // body(thread), once for each.
  template <class F>
  KINDRED_DEVICE void each_thread(F&& body) const {
    body(static_cast<int>(threadIdx.x));
    __syncthreads();
  }

  // body(Warp), once for each; a phase, within which warps have phases of their own.
  template <class F>
  KINDRED_DEVICE void warps(F&& body) const {
    body(Warp(static_cast<int>(threadIdx.x) / 32));
    __syncthreads();
  }

  template <class T>
  KINDRED_DEVICE T uniform(const T& value) const {
    const T copy = value;
    __syncthreads();
    return copy;
  }

  // As each, without the barrier: body starts copies with copy16, which are there after await_copies.
  template <class F>
  KINDRED_DEVICE void start_copies(int64_t count, F&& body) const {
    for (int64_t i = threadIdx.x; i < count; i += blockDim.x) body(i);
  }
  KINDRED_DEVICE void end_of_copies() const { asm volatile("cp.async.commit_group;\n" ::: "memory"); }

  // All but the last `Late` groups that end_of_copies closed; a barrier.
  template <int Late>
  KINDRED_DEVICE void await_copies() const {
    asm volatile("cp.async.wait_group %0;\n" ::"n"(Late) : "memory");
    __syncthreads();
  }
};

// 16 bytes from global to shared memory, both on a multiple of 16; zeros unless `valid`.
KINDRED_DEVICE void copy16(void* to, const void* from, bool valid) {
  const unsigned int address = static_cast<unsigned int>(__cvta_generic_to_shared(to));
  const int bytes = valid ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(address), "l"(from), "r"(bytes) : "memory");
}

KINDRED_DEVICE int add_atomic(int* to, int value) { return atomicAdd(to, value); }

// Of what is not negative.
KINDRED_DEVICE void max_atomic(double* to, double value) {
  atomicMax(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(__double_as_longlong(value)));
}
KINDRED_DEVICE void min_atomic(int64_t* to, int64_t value) {
  atomicMin(reinterpret_cast<long long*>(to), static_cast<long long>(value));
}
KINDRED_DEVICE void add_atomic(int64_t* to, int64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value));
}

KINDRED_DEVICE uint32_t bits_of(float value) { return __float_as_uint(value); }
KINDRED_DEVICE float float_of(uint32_t bits) { return __uint_as_float(bits); }

}  // namespace kindred::cuda

// Blocks and warps on the host, one index after the other. See group.h.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>

namespace kindred::cuda {

// Phases run backwards: a kernel whose result changes by it has indices that depend on one another within a phase.
inline bool& backwards() {
  static thread_local bool value = false;
  return value;
}

template <class F>
void in_order(int64_t count, F&& body) {
  if (backwards())
    for (int64_t i = count; i-- > 0;) body(i);
  else
    for (int64_t i = 0; i < count; ++i) body(i);
}

template <class T, int N>
class PerThread {
 public:
  T& operator[](int thread) { return values_[thread]; }
  const T& operator[](int thread) const { return values_[thread]; }

 private:
  T values_[N];
};

template <class T>
using PerLane = PerThread<T, 32>;

class Warp {
 public:
  explicit Warp(int index) : index(index) {}

  const int index;

  template <class F>
  void each(int64_t count, F&& body) const {
    in_order(count, body);
  }

  template <class F>
  void lanes(F&& body) const {
    in_order(32, [&](int64_t lane) { body(static_cast<int>(lane)); });
  }

  template <class T>
  T uniform(const T& value) const {
    return value;
  }

  template <class T>
  T sum(const PerLane<T>& values) const {
    T tree[32];
    for (int lane = 0; lane < 32; ++lane) tree[lane] = values[lane];
    for (int step = 16; step > 0; step /= 2)
      for (int lane = 0; lane < step; ++lane) tree[lane] += tree[lane + step];
    return tree[0];
  }

  float max(const PerLane<float>& values) const {
    float most = values[0];
    for (int lane = 1; lane < 32; ++lane) most = std::fmax(most, values[lane]);
    return most;
  }
};

class Block {
 public:
  explicit Block(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  int warp_count() const { return threads_ / 32; }

  template <class F>
  void each(int64_t count, F&& body) const {
    in_order(count, body);
  }

  template <class F>
  void each_thread(F&& body) const {
    in_order(threads_, [&](int64_t thread) { body(static_cast<int>(thread)); });
  }

  template <class F>
  void warps(F&& body) const {
    in_order(warp_count(), [&](int64_t index) { body(Warp(static_cast<int>(index))); });
  }

  template <class T>
  T uniform(const T& value) const {
    return value;
  }

  template <class F>
  void start_copies(int64_t count, F&& body) const {
    in_order(count, body);
  }
  void end_of_copies() const {}

  template <int Late>
  void await_copies() const {}

 private:
  int threads_;
};

inline void copy16(void* to, const void* from, bool valid) {
  if (valid)
    std::memcpy(to, from, 16);
  else
    std::memset(to, 0, 16);
}

inline int add_atomic(int* to, int value) {
  const int before = *to;
  *to += value;
  return before;
}
inline void max_atomic(double* to, double value) {
  if (value > *to) *to = value;
}
inline void min_atomic(int64_t* to, int64_t value) {
  if (value < *to) *to = value;
}
inline void add_atomic(int64_t* to, int64_t value) { *to += value; }

inline uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }
inline float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }

}  // namespace kindred::cuda

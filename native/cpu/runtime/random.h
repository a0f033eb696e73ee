// A stream of random numbers for kernels (splitmix64; Steele, Lea and Flood 2014): the same on every machine.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kindred/runtime/poll.h"

namespace kindred {

class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : state_(seed) {}

  uint64_t bits() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In {0, ..., n - 1}, 0 < n <= 2^31; no value is more likely than another by more than n / 2^32.
  int32_t below(int64_t n) { return static_cast<int32_t>(((bits() >> 32) * static_cast<uint64_t>(n)) >> 32); }
  // In [0, 1).
  float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }

  // 0 .. n - 1 in random order (Fisher and Yates).
  std::vector<int32_t> permutation(int64_t n, const AbortFlag* abort) {
    std::vector<int32_t> out(n);
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<int32_t>(i);
    Poll poll(abort);
    for (int64_t i = n - 1; i > 0; --i) {
      poll();
      std::swap(out[i], out[below(i + 1)]);
    }
    return out;
  }

 private:
  uint64_t state_;
};

// A seed for one of many streams that belong together.
inline uint64_t mix_seeds(uint64_t a, uint64_t b) {
  RandomStream stream(a ^ 0x5851f42d4c957f2d);
  return RandomStream(stream.bits() + b).bits();
}

}  // namespace kindred

// xoshiro128** 1.1 (Blackman and Vigna 2018, "Scrambled linear pseudorandom number generators"), started as
// createRandom of lib/data/random.ts is: the same numbers for the same seed.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace kindred {

class Xoshiro128 {
 public:
  using State = std::array<uint32_t, 4>;

  explicit Xoshiro128(const State& state) : state_(state) {}
  // The state is filled by splitmix32.
  explicit Xoshiro128(uint64_t seed) {
    auto low = static_cast<uint32_t>(seed);
    const auto high = static_cast<uint32_t>(seed >> 32);
    for (int i = 0; i < 4; ++i) {
      low += 0x9e3779b9;
      uint32_t z = low ^ (i >= 2 ? high : 0);
      z = (z ^ (z >> 16)) * 0x21f0aaad;
      z = (z ^ (z >> 15)) * 0x735a2d97;
      state_[i] = z ^ (z >> 15);
    }
    if (state_ == State{}) state_[0] = 1;
  }

  const State& state() const { return state_; }

  uint32_t bits() {
    auto& [a, b, c, d] = state_;
    const uint32_t out = std::rotl(b * 5, 7) * 9, shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = std::rotl(d, 11);
    return out;
  }

  // Uniform in [0, 1), 53 bits.
  double uniform() {
    const uint32_t high = bits() >> 5, low = bits() >> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

 private:
  State state_;
};

// Several streams side by side: lane l is Xoshiro128(starts[l]).
class XoshiroLanes {
 public:
  static constexpr int kLanes = 4;
  typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));

  explicit XoshiroLanes(const std::array<Xoshiro128::State, kLanes>& starts) {
    for (int word = 0; word < 4; ++word)
      for (int lane = 0; lane < kLanes; ++lane) state_[word][lane] = starts[lane][word];
  }

  Words bits() {
    auto& [a, b, c, d] = state_;
    const Words five = (b << 2) + b, turned = (five << 7) | (five >> 25), out = (turned << 3) + turned;
    const Words shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >> 21);
    return out;
  }

 private:
  Words state_[4];
};

// `steps` calls of bits() in one: the generator is linear over bits, so that is a matrix [128, 128], got by squaring.
class XoshiroJump {
 public:
  explicit XoshiroJump(uint64_t steps) {
    Matrix power;
    for (int i = 0; i < 128; ++i) {
      Xoshiro128 one(unit(i));
      one.bits();
      power[i] = one.state();
      columns_[i] = unit(i);
    }
    for (; steps != 0; steps >>= 1) {
      if (steps & 1) columns_ = product(power, columns_);
      power = product(power, power);
    }
  }

  Xoshiro128::State operator()(const Xoshiro128::State& state) const { return apply(columns_, state); }

 private:
  using State = Xoshiro128::State;
  using Matrix = std::array<State, 128>;  // columns: what becomes of each bit

  static State unit(int bit) {
    State state{};
    state[bit / 32] = uint32_t{1} << (bit % 32);
    return state;
  }

  static State apply(const Matrix& m, const State& state) {
    State out{};
    for (int i = 0; i < 128; ++i)
      if (state[i / 32] >> (i % 32) & 1)
        for (int w = 0; w < 4; ++w) out[w] ^= m[i][w];
    return out;
  }

  static Matrix product(const Matrix& a, const Matrix& b) {
    Matrix out;
    for (int i = 0; i < 128; ++i) out[i] = apply(a, b[i]);
    return out;
  }

  Matrix columns_;
};

}  // namespace kindred

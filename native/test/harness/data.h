// Data for tests: a seeded generator, matrices with a stride, sparse rows.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/sparse/csr.h"

namespace kindred::test {

// Around the widths of vectors, panels, blocks and chunks.
inline constexpr int64_t kSizes[] = {0, 1, 2, 3, 31, 33, 63, 64, 65, 127, 129, 1023, 1025};

// splitmix64 (Steele, Lea and Flood 2014): the same numbers on every platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t bits();
  double uniform(double low, double high);
  int64_t integer(int64_t low, int64_t high);  // both included
  std::vector<float> floats(int64_t count, double low = -1, double high = 1);
  std::vector<float> integers(int64_t count, int64_t low, int64_t high);

 private:
  uint64_t state_;
};

// An owned [rows, cols] matrix with `gap` elements between its rows, which hold NaN and must stay so.
class Padded {
 public:
  Padded(int64_t rows, int64_t cols, int64_t gap, const std::vector<float>& values);
  Matrix view() { return {data_.data(), rows_, cols_, cols_ + gap_}; }
  ConstMatrix view() const { return {data_.data(), rows_, cols_, cols_ + gap_}; }
  std::vector<float> values() const;  // [rows, cols]
  bool gaps_untouched() const;

 private:
  int64_t rows_, cols_, gap_;
  std::vector<float> data_;
};

// Each place is stored with probability `density`; values are uniform in [low, high).
Csr random_csr(Random& random, int64_t rows, int64_t cols, double density, double low = 1, double high = 5);
// The same with one value in ten negative and one in ten zero.
Csr signed_csr(Random& random, int64_t rows, int64_t cols, double density);

template <class T>
std::vector<double> doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace kindred::test

// What the tests of networks share: numbers in float and in double, gradients by differences.
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>

#include "kindred/linalg/matrix.h"
#include "reference/nn/tensor.h"
#include "test/harness/data.h"

namespace kindred::test {

// An owned [rows, cols] matrix of floats.
struct Numbers {
  int64_t rows, cols;
  std::vector<float> values;

  Numbers(int64_t rows, int64_t cols) : rows(rows), cols(cols), values(rows * cols, 7.0f) {}
  Numbers(Random& random, int64_t rows, int64_t cols, double low = -1, double high = 1)
      : rows(rows), cols(cols), values(random.floats(rows * cols, low, high)) {}
  float* data() { return values.data(); }
  const float* data() const { return values.data(); }
  Matrix view() { return {values.data(), rows, cols}; }
  ConstMatrix view() const { return {values.data(), rows, cols}; }
  reference::Table table() const { return {rows, cols, doubles(values)}; }
};

inline std::vector<double> joined(std::initializer_list<Numbers> parts) {
  std::vector<double> out;
  for (const Numbers& part : parts) out.insert(out.end(), part.values.begin(), part.values.end());
  return out;
}

inline reference::Table table(Random& random, int64_t rows, int64_t cols) {
  reference::Table out(rows, cols);
  for (double& value : out.values) value = random.uniform(-1, 1);
  return out;
}

inline double inner(const std::vector<double>& a, const std::vector<double>& b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

// (loss(v + h) - loss(v - h)) / 2h for every element v of `values`, which `loss` reads.
inline std::vector<double> differences(std::vector<double>& values, const std::function<double()>& loss) {
  const double h = 1e-5;
  std::vector<double> out;
  for (double& value : values) {
    const double at = value;
    value = at + h;
    const double above = loss();
    value = at - h;
    const double below = loss();
    value = at;
    out.push_back((above - below) / (2 * h));
  }
  return out;
}

// Offsets of sequences of these lengths.
inline std::vector<int32_t> offsets_of(const std::vector<int32_t>& lengths) {
  std::vector<int32_t> offsets{0};
  for (const int32_t length : lengths) offsets.push_back(offsets.back() + length);
  return offsets;
}

}  // namespace kindred::test

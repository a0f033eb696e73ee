#include "test/harness/data.h"

#include <cmath>
#include <limits>

namespace kindred::test {

uint64_t Random::bits() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double Random::uniform(double low, double high) {
  return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
}

int64_t Random::integer(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(bits() % static_cast<uint64_t>(high - low + 1));
}

std::vector<float> Random::floats(int64_t count, double low, double high) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(uniform(low, high));
  return values;
}

std::vector<float> Random::integers(int64_t count, int64_t low, int64_t high) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(integer(low, high));
  return values;
}

Padded::Padded(int64_t rows, int64_t cols, int64_t gap, const std::vector<float>& values)
    : rows_(rows), cols_(cols), gap_(gap), data_(rows * (cols + gap), std::numeric_limits<float>::quiet_NaN()) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) data_[r * (cols + gap) + c] = values[r * cols + c];
}

std::vector<float> Padded::values() const {
  std::vector<float> values;
  for (int64_t r = 0; r < rows_; ++r) values.insert(values.end(), view().row(r), view().row(r) + cols_);
  return values;
}

bool Padded::gaps_untouched() const {
  for (int64_t r = 0; r < rows_; ++r)
    for (int64_t c = cols_; c < cols_ + gap_; ++c)
      if (!std::isnan(view().row(r)[c])) return false;
  return true;
}

Csr random_csr(Random& random, int64_t rows, int64_t cols, double density, double low, double high) {
  Csr csr;
  csr.rows = rows;
  csr.cols = cols;
  csr.indptr.push_back(0);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c)
      if (random.uniform(0, 1) < density) {
        csr.indices.push_back(static_cast<int32_t>(c));
        csr.values.push_back(static_cast<float>(random.uniform(low, high)));
      }
    csr.indptr.push_back(static_cast<int32_t>(csr.indices.size()));
  }
  return csr;
}

Csr signed_csr(Random& random, int64_t rows, int64_t cols, double density) {
  Csr csr = random_csr(random, rows, cols, density);
  for (float& w : csr.values) {
    const int64_t kind = random.integer(0, 9);
    if (kind == 0) w = -w;
    if (kind == 1) w = 0;
  }
  return csr;
}

}  // namespace kindred::test

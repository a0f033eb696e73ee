// What the references of networks compute with.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred::reference {

using Doubles = std::vector<double>;

// [rows, cols], row-major
struct Table {
  int64_t rows, cols;
  Doubles values;

  Table(int64_t rows, int64_t cols) : rows(rows), cols(cols), values(rows * cols, 0.0) {}
  Table(int64_t rows, int64_t cols, Doubles values) : rows(rows), cols(cols), values(std::move(values)) {}
  double& at(int64_t r, int64_t c) { return values[r * cols + c]; }
  double at(int64_t r, int64_t c) const { return values[r * cols + c]; }
};

}  // namespace kindred::reference

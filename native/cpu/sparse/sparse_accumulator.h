// The dense accumulator of row by row sparse products (Gilbert, Moler and Schreiber 1992, "Sparse matrices in MATLAB").
#pragma once

#include <cstdint>
#include <vector>

namespace kindred {

// What one thread needs for a row; `dots` is all zeros between rows.
template <class Dot>
struct SparseAccumulator {
  explicit SparseAccumulator(int64_t rows) : dots(rows, 0) {}
  std::vector<Dot> dots;         // [rows]
  std::vector<int32_t> touched;  // rows with a dot, while few
};

}  // namespace kindred

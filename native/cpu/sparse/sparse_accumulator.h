// Dense accumulators for row by row sparse products.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cpu/runtime/scratch.h"

namespace kindred {

// What one thread needs for a row; `dots` is all zeros between rows.
template <class Dot>
struct Accumulator {
  explicit Accumulator(int64_t rows) : dots(rows, 0) {}
  std::vector<Dot> dots;         // [rows]
  std::vector<int32_t> touched;  // rows with a dot, while few
};

// Those of all threads.
template <class Dot>
struct Accumulators : Scratch<Accumulator<Dot>> {
  explicit Accumulators(int64_t rows)
      : Scratch<Accumulator<Dot>>([rows] { return std::make_unique<Accumulator<Dot>>(rows); }) {}
};

}  // namespace kindred

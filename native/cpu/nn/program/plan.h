// Where the temporaries of a run lie in one piece of memory.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/nn/program.h"

namespace kindred::nn {

struct Extent {
  int64_t rows, cols;
  int64_t size() const { return rows * cols; }
};

// What a tensor measures for these values of the symbols; ERR_SHAPE beyond 2^31 - 1 numbers.
Extent extent_of(const TensorSpec& tensor, const std::vector<int64_t>& symbols);

struct Plan {
  std::vector<Extent> extents;   // of each tensor
  std::vector<int64_t> offsets;  // of each temporary, in words; -1 for others
  int64_t words;                 // altogether
};

// A temporary has its place from the operation that writes it to the last that reads it; outputs keep theirs.
Plan plan(const ProgramSpec& spec, const std::vector<int64_t>& symbols);

}  // namespace kindred::nn

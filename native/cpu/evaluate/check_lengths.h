// Lengths of lists, checked.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kindred/runtime/error.h"

namespace kindred {

inline void check_lengths(const int32_t* lengths, int64_t count) {
  if (std::any_of(lengths, lengths + count, [](int32_t k) { return k < 1; }))
    fail_value("lengths: expected lists of at least one item.");
}

}  // namespace kindred

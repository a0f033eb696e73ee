// What all dense products over register tiles share.
#pragma once

#include <cstdint>

namespace kindred {

constexpr int64_t kMaxTile = 512;  // elements of a register tile at most

inline int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

}  // namespace kindred

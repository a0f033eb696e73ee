// Numbers in ascending order by their bits.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "kindred/runtime/poll.h"

namespace kindred::trees {

template <class Number>
using BitsOf = std::conditional_t<sizeof(Number) == 8, uint64_t, uint32_t>;

// Bits that ascend as finite numbers do.
template <class Number>
BitsOf<Number> key_of(Number number) {
  using Bits = BitsOf<Number>;
  Bits bits;
  std::memcpy(&bits, &number, sizeof bits);
  constexpr Bits sign = Bits{1} << (8 * sizeof bits - 1);
  return bits & sign ? ~bits : bits | sign;
}

template <class Number>
Number number_of(BitsOf<Number> key) {
  using Bits = BitsOf<Number>;
  constexpr Bits sign = Bits{1} << (8 * sizeof key - 1);
  const Bits bits = key & sign ? key ^ sign : ~key;
  Number number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

// Least significant digit first, 11 bits at a time; a digit that all keys share costs one look at each. `spare` is as
// long.
template <class Bits>
void radix_sort(std::vector<Bits>& keys, std::vector<Bits>& spare, Poll& poll) {
  constexpr int kDigit = 11, kValues = 1 << kDigit;
  const size_t n = keys.size();
  if (n == 0) return;
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(Bits)); shift += kDigit) {
    poll(static_cast<int64_t>(n));
    size_t places[kValues] = {};
    for (const Bits key : keys) ++places[(key >> shift) & (kValues - 1)];
    if (places[(keys[0] >> shift) & (kValues - 1)] == n) continue;
    size_t next = 0;
    for (size_t& place : places) {
      const size_t count = place;
      place = next;
      next += count;
    }
    for (const Bits key : keys) spare[places[(key >> shift) & (kValues - 1)]++] = key;
    keys.swap(spare);
  }
}

}  // namespace kindred::trees

// The decomposition of a character, from tables: for each code point of some ranges in turn one code point, or -1 - i
// for a sequence that 0 ends. Hangul syllables by rule (Unicode, section 3.12).
#pragma once

#include <cstdint>
#include <vector>

namespace kindred::reference {

template <class Ranges, class Sequence>
std::vector<uint32_t> decompose(uint32_t point, const Ranges& ranges, const int32_t* to, Sequence sequence) {
  if (point >= 0xAC00 && point <= 0xD7A3) {
    const uint32_t s = point - 0xAC00;
    std::vector<uint32_t> jamo{0x1100 + s / 588, 0x1161 + s % 588 / 28};
    if (s % 28 > 0) jamo.push_back(0x11A7 + s % 28);
    return jamo;
  }
  for (const auto& range : ranges) {
    if (point >= range.first && point <= range.last) {
      const int32_t value = to[point - range.first];
      if (value >= 0) return {static_cast<uint32_t>(value)};
      std::vector<uint32_t> points;
      for (const uint32_t* part = sequence(-1 - value); *part != 0; ++part) points.push_back(*part);
      return points;
    }
    to += range.last - range.first + 1;
  }
  return {point};
}

}  // namespace kindred::reference

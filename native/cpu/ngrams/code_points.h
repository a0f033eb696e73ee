// What Python's str and re say of a code point, in one look-up.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/ngrams/block_table.h"

namespace kindred {

struct CodePoint {
  uint32_t bits;  // small letter: 21, then the flags below

  static constexpr uint32_t kWord = 1 << 21, kSpace = 1 << 22, kCased = 1 << 23, kIgnorable = 1 << 24;

  uint32_t lower() const { return bits & 0x1FFFFF; }
  bool word() const { return bits & kWord; }            // \w
  bool space() const { return bits & kSpace; }          // \s
  bool cased() const { return bits & kCased; }          // a final sigma stands behind it
  bool ignorable() const { return bits & kIgnorable; }  // looked past to find it
};

// U+03A3 and U+0130 have small letters that TextFolder knows.
const BlockTable<uint32_t>& code_points();

// Compatibility decompositions without combining marks: 0 where a code point stays, else one code point, or -1 - i for
// those from decomposition_sequence(i) on, which 0 ends. Hangul syllables are not in it.
const BlockTable<int32_t>& decompositions();
const uint32_t* decomposition_sequence(int32_t at);

}  // namespace kindred

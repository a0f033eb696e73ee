// UTF-8, one code point at a time.
#pragma once

#include <cstdint>

namespace kindred {

constexpr uint32_t kReplacement = 0xFFFD;

// The code point at p < end; moves p past it. A byte that is not part of well-formed UTF-8 is U+FFFD (Unicode 15,
// table 3-7: no surrogates, no overlong forms).
inline uint32_t decode_utf8(const uint8_t*& p, const uint8_t* end) {
  const uint32_t lead = *p++;
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 && lead <= 0xF4 ? 3 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xC2 && lead < 0xE0;
  if (more == 0 || end - p < more) return kReplacement;
  uint32_t point = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    if ((p[i] & 0xC0) != 0x80) return kReplacement;
    point = point << 6 | (p[i] & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (point < kLeast[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return kReplacement;
  p += more;
  return point;
}

// Writes a code point at out (room for 4 bytes); the number of bytes.
inline int encode_utf8(uint32_t point, char* out) {
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  out[0] = static_cast<char>((0xFF00 >> (more + 1)) | (point >> (6 * more)));
  for (int i = 1; i <= more; ++i) out[i] = static_cast<char>(0x80 | ((point >> (6 * (more - i))) & 0x3F));
  return more + 1;
}

}  // namespace kindred

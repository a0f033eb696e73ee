// UTF-8 that is known to be well-formed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cpu/text/utf8.h"

namespace kindred {

// The code point at p; moves p past it.
inline uint32_t next_point(const char*& p) {
  const auto* u = reinterpret_cast<const uint8_t*>(p);
  const uint32_t lead = u[0];
  if (lead < 0x80) {
    p += 1;
    return lead;
  }
  if (lead < 0xE0) {
    p += 2;
    return (lead & 0x1F) << 6 | (u[1] & 0x3F);
  }
  if (lead < 0xF0) {
    p += 3;
    return (lead & 0xF) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3F);
  }
  p += 4;
  return (lead & 7) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3F);
}

inline uint32_t point_at(const char* p) { return next_point(p); }

// Bytes of the character that a byte begins.
inline int length_of(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

inline bool is_continuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

// The beginning of the character before p, begin < p.
inline const char* before(const char* p) {
  do --p;
  while (is_continuation(*p));
  return p;
}

inline void append(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
    return;
  }
  char bytes[4];
  out.append(bytes, encode_utf8(point, bytes));
}

// The end of the ASCII characters from p on.
inline const char* end_of_ascii(const char* p, const char* end) {
  while (end - p >= 8) {
    uint64_t eight;
    __builtin_memcpy(&eight, p, 8);
    if (eight & 0x8080808080808080u) break;
    p += 8;
  }
  while (p < end && static_cast<uint8_t>(*p) < 0x80) ++p;
  return p;
}

// A text whose bytes that are no UTF-8 are U+FFFD: itself, or what is then in `storage`.
inline std::string_view well_formed(std::string_view text, std::string& storage) {
  const char* const end = text.data() + text.size();
  const char* p = text.data();
  for (;;) {
    p = end_of_ascii(p, end);
    if (p == end) return text;
    const auto* at = reinterpret_cast<const uint8_t*>(p);
    const uint32_t point = decode_utf8(at, reinterpret_cast<const uint8_t*>(end));
    if (point == kReplacement && reinterpret_cast<const char*>(at) - p == 1) break;
    p = reinterpret_cast<const char*>(at);
  }
  storage.assign(text.data(), p);
  const auto* at = reinterpret_cast<const uint8_t*>(p);
  while (at < reinterpret_cast<const uint8_t*>(end))
    append(storage, decode_utf8(at, reinterpret_cast<const uint8_t*>(end)));
  return storage;
}

}  // namespace kindred

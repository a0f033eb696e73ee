// MurmurHash3_x86_32 (Austin Appleby 2011) with seed 0.
#pragma once

#include <cstdint>
#include <string_view>

namespace kindred {

inline uint32_t murmur_hash(std::string_view bytes) {
  const auto rotate = [](uint32_t x, int by) { return x << by | x >> (32 - by); };
  const auto scramble = [&](uint32_t k) { return rotate(k * 0xcc9e2d51, 15) * 0x1b873593; };
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  uint32_t h = 0;
  size_t left = bytes.size();
  for (; left >= 4; left -= 4, p += 4) {
    const uint32_t k = p[0] | p[1] << 8 | p[2] << 16 | static_cast<uint32_t>(p[3]) << 24;
    h = rotate(h ^ scramble(k), 13) * 5 + 0xe6546b64;
  }
  uint32_t tail = 0;
  for (size_t i = left; i > 0; --i) tail = tail << 8 | p[i - 1];
  if (left > 0) h ^= scramble(tail);
  h ^= static_cast<uint32_t>(bytes.size());
  h = (h ^ h >> 16) * 0x85ebca6b;
  h = (h ^ h >> 13) * 0xc2b2ae35;
  return h ^ h >> 16;
}

}  // namespace kindred

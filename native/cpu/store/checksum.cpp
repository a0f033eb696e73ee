#include "kindred/store/checksum.h"

#include <array>
#include <cstring>

namespace kindred {
namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

// tables[k][b]: what byte b does to the rest, k bytes before the end of a word (Kounavis and Berry 2005, "slicing by
// 8").
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t rest = b;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0x82F63B78u : 0u);
    tables[0][b] = rest;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t b = 0; b < 256; ++b) tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xFF];
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

uint32_t crc32c(const uint8_t* data, int64_t size, uint32_t before) {
  uint32_t rest = ~before;
  int64_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint32_t low, high;  // little-endian, as all machines that kindred runs on
    std::memcpy(&low, data + i, 4);
    std::memcpy(&high, data + i + 4, 4);
    low ^= rest;
    rest = kTables[7][low & 0xFF] ^ kTables[6][(low >> 8) & 0xFF] ^ kTables[5][(low >> 16) & 0xFF] ^
           kTables[4][low >> 24] ^ kTables[3][high & 0xFF] ^ kTables[2][(high >> 8) & 0xFF] ^
           kTables[1][(high >> 16) & 0xFF] ^ kTables[0][high >> 24];
  }
  for (; i < size; ++i) rest = (rest >> 8) ^ kTables[0][(rest ^ data[i]) & 0xFF];
  return ~rest;
}

}  // namespace kindred

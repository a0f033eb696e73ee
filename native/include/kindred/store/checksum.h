// CRC-32C (Castagnoli), as of RFC 3720, appendix B.4: what tells bytes that were altered or cut.
#pragma once

#include <cstdint>

namespace kindred {

// Of the `size` bytes after those that `before` is the checksum of; 0 for none. So checksums of parts can be chained.
uint32_t crc32c(const uint8_t* data, int64_t size, uint32_t before = 0);

}  // namespace kindred

#include "kindred/store/checksum.h"

#include "reference/store/store.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

TEST(checksums_are_those_of_the_standard) {
  // RFC 3720, appendix B.4
  const std::vector<uint8_t> zeros(32, 0), ones(32, 0xFF);
  CHECK_EQUAL(crc32c(zeros.data(), 32), 0x8A9136AAu);
  CHECK_EQUAL(crc32c(ones.data(), 32), 0x62A8AB43u);
  std::vector<uint8_t> rising(32), falling(32);
  for (int i = 0; i < 32; ++i) rising[i] = falling[31 - i] = static_cast<uint8_t>(i);
  CHECK_EQUAL(crc32c(rising.data(), 32), 0x46DD794Eu);
  CHECK_EQUAL(crc32c(falling.data(), 32), 0x113FDB5Cu);
  CHECK_EQUAL(crc32c(nullptr, 0), 0u);
}

TEST(checksums_are_those_bit_by_bit_and_chain) {
  Random random(1);
  for (const int64_t size : kSizes) {
    std::vector<uint8_t> data(size);
    for (uint8_t& byte : data) byte = static_cast<uint8_t>(random.integer(0, 255));
    const uint32_t whole = crc32c(data.data(), size);
    CHECK_EQUAL(whole, reference::crc32c(data.data(), size, 0));
    const int64_t cut = random.integer(0, size);
    CHECK_EQUAL(crc32c(data.data() + cut, size - cut, crc32c(data.data(), cut)), whole);
    if (size == 0) continue;
    data[random.integer(0, size - 1)] ^= static_cast<uint8_t>(1 << random.integer(0, 7));
    CHECK(crc32c(data.data(), size) != whole);
  }
}

#include <algorithm>
#include <array>
#include <bit>

#include "cpu/image/finish_histogram.h"

namespace kindred {
namespace {

// The bin of each pattern: those with at most two changes round the circle in ascending order, then one for all others.
std::array<uint8_t, 256> bins_of_patterns() {
  std::array<uint8_t, 256> bins;
  uint8_t next = 0;
  for (int pattern = 0; pattern < 256; ++pattern) {
    const auto bits = static_cast<uint8_t>(pattern);
    const int changes = std::popcount(static_cast<uint8_t>(bits ^ std::rotl(bits, 1)));
    bins[pattern] = changes <= 2 ? next++ : static_cast<uint8_t>(kPatternBins - 1);
  }
  return bins;
}

void count_patterns(const float* l, const uint8_t* mask, int64_t height, int64_t width, float* out) {
  static const std::array<uint8_t, 256> bins = bins_of_patterns();
  std::fill_n(out, kPatternBins, 0.0f);
  for (int64_t y = 1; y + 1 < height; ++y)
    for (int64_t x = 1; x + 1 < width; ++x) {
      if (!mask[y * width + x]) continue;
      const float* above = l + (y - 1) * width + x;
      const float* here = above + width;
      const float* below = here + width;
      // Clockwise from the upper left.
      const float around[8] = {above[-1], above[0], above[1], here[1], below[1], below[0], below[-1], here[-1]};
      int pattern = 0;
      for (int i = 0; i < 8; ++i) pattern |= (around[i] >= here[0]) << i;
      ++out[bins[pattern]];
    }
  to_roots(out, kPatternBins);
}

}  // namespace

void binary_patterns(const LabPlanes& picture, const Foreground& foreground, float* out) {
  count_patterns(picture.l.data(), foreground.mask.data(), picture.height, picture.width, out);
  const int64_t height = picture.height / 2, width = picture.width / 2;
  std::vector<float> l(height * width);
  std::vector<uint8_t> mask(height * width);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t i = 2 * y * picture.width + 2 * x;
      l[y * width + x] =
          (picture.l[i] + picture.l[i + 1] + picture.l[i + picture.width] + picture.l[i + picture.width + 1]) / 4;
      mask[y * width + x] = foreground.mask[i];
    }
  count_patterns(l.data(), mask.data(), height, width, out + kPatternBins);
  to_unit(out, kTextureDims);
}

}  // namespace kindred

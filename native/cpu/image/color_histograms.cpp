#include <algorithm>
#include <cmath>

#include "cpu/image/finish_histogram.h"

namespace kindred {
namespace {

// The two bins nearest to a value, and the share of the second.
struct Place {
  int64_t first;
  int64_t second;
  float share;
};

Place place_of(float value, float low, float width, int64_t bins) {
  const float at = std::clamp((value - low) / width - 0.5f, 0.0f, static_cast<float>(bins - 1));
  const auto first = static_cast<int64_t>(at);
  return {first, std::min(first + 1, bins - 1), at - static_cast<float>(first)};
}

}  // namespace

void color_histograms(const LabPlanes& picture, const Foreground& foreground, float* out) {
  std::fill_n(out, kColorDims, 0.0f);
  const Box& box = foreground.box;
  const int64_t middle_y = box.top + (box.bottom - box.top) / 2, middle_x = box.left + (box.right - box.left) / 2;
  for (int64_t y = box.top; y < box.bottom; ++y)
    for (int64_t x = box.left; x < box.right; ++x) {
      const int64_t i = y * picture.width + x;
      if (!foreground.mask[i]) continue;
      const Place l = place_of(picture.l[i], 0, 25, 4);
      const Place a = place_of(picture.a[i], -60, 24, 5), b = place_of(picture.b[i], -60, 24, 5);
      float* quarter = out + (1 + 2 * (y >= middle_y) + (x >= middle_x)) * kColorBins;
      for (int corner = 0; corner < 8; ++corner) {
        const bool in_l = corner & 1, in_a = corner & 2, in_b = corner & 4;
        const float weight =
            (in_l ? l.share : 1 - l.share) * (in_a ? a.share : 1 - a.share) * (in_b ? b.share : 1 - b.share);
        if (weight == 0) continue;
        const int64_t bin =
            ((in_l ? l.second : l.first) * 5 + (in_a ? a.second : a.first)) * 5 + (in_b ? b.second : b.first);
        out[bin] += weight;
        quarter[bin] += weight;
      }
    }
  for (int64_t region = 0; region < kColorRegions; ++region) to_roots(out + region * kColorBins, kColorBins);
  to_unit(out, kColorDims);
}

}  // namespace kindred

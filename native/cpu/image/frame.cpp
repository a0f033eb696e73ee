#include <algorithm>
#include <cmath>

#include "cpu/image/finish_histogram.h"

namespace kindred {

Frame frame_of(const LabPlanes& picture, const Foreground& foreground) {
  const auto& [top, left, bottom, right] = foreground.box;
  const float side = static_cast<float>(std::max(bottom - top, right - left));
  const float y0 = 0.5f * static_cast<float>(top + bottom) - 0.5f * side;
  const float x0 = 0.5f * static_cast<float>(left + right) - 0.5f * side;
  const float step = side / kFrame;
  Frame out{std::vector<float>(kFrame * kFrame), std::vector<float>(kFrame * kFrame)};
  // A corner's share of the new pixel; what lies outside of the picture is background.
  const auto add = [&](int64_t y, int64_t x, float share, float& l, float& mask) {
    const bool inside = y >= 0 && y < picture.height && x >= 0 && x < picture.width;
    const int64_t i = y * picture.width + x;
    l += share * (inside ? picture.l[i] : foreground.background[0]);
    mask += share * (inside && foreground.mask[i] ? 1.0f : 0.0f);
  };
  for (int64_t y = 0; y < kFrame; ++y)
    for (int64_t x = 0; x < kFrame; ++x) {
      const float at_y = y0 + (static_cast<float>(y) + 0.5f) * step - 0.5f;
      const float at_x = x0 + (static_cast<float>(x) + 0.5f) * step - 0.5f;
      const auto iy = static_cast<int64_t>(std::floor(at_y)), ix = static_cast<int64_t>(std::floor(at_x));
      const float fy = at_y - static_cast<float>(iy), fx = at_x - static_cast<float>(ix);
      float l = 0, mask = 0;
      add(iy, ix, (1 - fy) * (1 - fx), l, mask);
      add(iy, ix + 1, (1 - fy) * fx, l, mask);
      add(iy + 1, ix, fy * (1 - fx), l, mask);
      add(iy + 1, ix + 1, fy * fx, l, mask);
      out.l[y * kFrame + x] = l;
      out.mask[y * kFrame + x] = mask;
    }
  return out;
}

void silhouette(const Frame& frame, float* out) {
  std::fill_n(out, kSilhouetteDims, 0.0f);
  for (int64_t y = 0; y < kFrame; ++y)
    for (int64_t x = 0; x < kFrame; ++x) out[y / kCellPixels * kCells + x / kCellPixels] += frame.mask[y * kFrame + x];
  to_unit(out, kSilhouetteDims);
}

}  // namespace kindred

#include <algorithm>
#include <cmath>

#include "reference/image/image.h"

namespace kindred::reference {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

std::array<double, 3> lab(uint8_t r, uint8_t g, uint8_t b) {
  const auto linear = [](uint8_t value) {
    const double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const auto f = [](double t) {
    const double d = 6.0 / 29.0;
    return t > d * d * d ? std::cbrt(t) : t / (3 * d * d) + 4.0 / 29.0;
  };
  const double red = linear(r), green = linear(g), blue = linear(b);
  const double x = f((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047);
  const double y = f(0.2126729 * red + 0.7151522 * green + 0.0721750 * blue);
  const double z = f((0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

Foreground find_foreground(const LabPlanes& picture) {
  const int64_t h = picture.height, w = picture.width;
  const int64_t ring = std::max<int64_t>(1, std::min(h, w) / 16);
  const auto in_ring = [&](int64_t y, int64_t x) { return std::min({y, x, h - 1 - y, w - 1 - x}) < ring; };
  Foreground out{std::vector<uint8_t>(h * w, 1), {0, 0, h, w}, {}};
  const std::vector<float>* planes[3] = {&picture.l, &picture.a, &picture.b};
  for (int c = 0; c < 3; ++c) {
    std::vector<double> values;
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x)
        if (in_ring(y, x)) values.push_back((*planes[c])[y * w + x]);
    out.background[c] = static_cast<float>(median(values));
  }
  const auto distance = [&](int64_t y, int64_t x) {
    double squares = 0;
    for (int c = 0; c < 3; ++c) squares += std::pow((*planes[c])[y * w + x] - out.background[c], 2);
    return std::sqrt(squares);
  };
  std::vector<double> of_ring;
  for (int64_t y = 0; y < h; ++y)
    for (int64_t x = 0; x < w; ++x)
      if (in_ring(y, x)) of_ring.push_back(distance(y, x));
  const double deviation = 1.4826 * median(of_ring);
  if (deviation > 15) return out;
  const double near = std::max(5.0, 3 * deviation);
  std::vector<uint8_t>& mask = out.mask;
  for (bool changed = true; changed;) {
    changed = false;
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        const int64_t i = y * w + x;
        const bool at_edge = y == 0 || x == 0 || y == h - 1 || x == w - 1;
        if (!mask[i] || distance(y, x) > near) continue;
        if (at_edge || !mask[i - 1] || !mask[i + 1] || !mask[i - w] || !mask[i + w]) mask[i] = 0, changed = true;
      }
  }
  const int64_t total = std::count(mask.begin(), mask.end(), 1);
  if (static_cast<double>(total) < 0.005 * static_cast<double>(h * w)) {
    std::fill(mask.begin(), mask.end(), uint8_t{1});
    return out;
  }
  // The smallest box outside of each of whose sides lies at most a 200th of the mask.
  const auto beyond = [&](auto outside) {
    int64_t count = 0;
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) count += mask[y * w + x] && outside(y, x);
    return count <= total / 200;
  };
  Box& box = out.box;
  while (beyond([&](int64_t y, int64_t) { return y <= box.top; })) ++box.top;
  while (beyond([&](int64_t, int64_t x) { return x <= box.left; })) ++box.left;
  while (beyond([&](int64_t y, int64_t) { return y >= box.bottom - 1; })) --box.bottom;
  while (beyond([&](int64_t, int64_t x) { return x >= box.right - 1; })) --box.right;
  return out;
}

}  // namespace kindred::reference

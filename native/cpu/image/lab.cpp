#include <cmath>

#include "kindred/image/descriptors.h"

namespace kindred {
namespace {

// Linear light of each 8-bit value.
struct Linear {
  float of[256];
  Linear() {
    for (int v = 0; v < 256; ++v) {
      const double x = v / 255.0;
      of[v] = static_cast<float>(x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4));
    }
  }
};

float f(float t) {
  constexpr float kEpsilon = 216.0f / 24389.0f, kKappa = 24389.0f / 27.0f;
  return t > kEpsilon ? std::cbrt(t) : (kKappa * t + 16) / 116;
}

}  // namespace

LabPlanes lab_of(const uint8_t* rgb, int64_t height, int64_t width) {
  static const Linear linear;
  const int64_t n = height * width;
  LabPlanes out{std::vector<float>(n), std::vector<float>(n), std::vector<float>(n), height, width};
  for (int64_t i = 0; i < n; ++i) {
    if (i > 0 && rgb[3 * i] == rgb[3 * i - 3] && rgb[3 * i + 1] == rgb[3 * i - 2] && rgb[3 * i + 2] == rgb[3 * i - 1]) {
      out.l[i] = out.l[i - 1];
      out.a[i] = out.a[i - 1];
      out.b[i] = out.b[i - 1];
      continue;
    }
    const float r = linear.of[rgb[3 * i]], g = linear.of[rgb[3 * i + 1]], b = linear.of[rgb[3 * i + 2]];
    // The rows of sRGB's matrix, each divided by the white's coordinate.
    const float x = f((0.4124564f * r + 0.3575761f * g + 0.1804375f * b) / 0.95047f);
    const float y = f(0.2126729f * r + 0.7151522f * g + 0.0721750f * b);
    const float z = f((0.0193339f * r + 0.1191920f * g + 0.9503041f * b) / 1.08883f);
    out.l[i] = 116 * y - 16;
    out.a[i] = 500 * (x - y);
    out.b[i] = 200 * (y - z);
  }
  return out;
}

}  // namespace kindred

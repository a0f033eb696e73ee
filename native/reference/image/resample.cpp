#include <algorithm>
#include <cmath>

#include "reference/image/image.h"

namespace kindred::reference {
namespace {

double weight(Filter filter, double x) {
  const double pi = std::acos(-1.0), a = std::fabs(x);
  const auto sinc = [&](double t) { return t == 0 ? 1 : std::sin(pi * t) / (pi * t); };
  switch (filter) {
    case Filter::lanczos:
      return a < 3 ? sinc(a) * sinc(a / 3) : 0;
    case Filter::bicubic:  // Keys 1981 with a = -1/2
      return a < 1 ? 1.5 * a * a * a - 2.5 * a * a + 1 : a < 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0;
    case Filter::box:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::hamming:
      return a < 1 ? sinc(a) * (0.54 + 0.46 * std::cos(pi * a)) : 0;
    default:
      return std::max(0.0, 1 - a);
  }
}

double support(Filter filter) {
  return filter == Filter::lanczos ? 3 : filter == Filter::bicubic ? 2 : filter == Filter::box ? 0.5 : 1;
}

// [from]: the share of each place in place i of `to`.
std::vector<double> shares(int64_t from, int64_t to, int64_t i, Filter filter) {
  std::vector<double> out(from, 0.0);
  if (from == to) {
    out[i] = 1;
    return out;
  }
  const double scale = static_cast<double>(from) / static_cast<double>(to), stretch = std::max(1.0, scale);
  const double center = (static_cast<double>(i) + 0.5) * scale, reach = support(filter) * stretch;
  double sum = 0;
  for (int64_t x = 0; x < from; ++x) {
    const auto first = static_cast<int64_t>(std::max(0.0, center - reach + 0.5));
    const auto end = static_cast<int64_t>(center + reach + 0.5);
    if (x >= first && x < end) out[x] = weight(filter, (static_cast<double>(x) + 0.5 - center) / stretch);
    sum += out[x];
  }
  for (double& share : out) share /= sum;
  return out;
}

}  // namespace

std::vector<double> resample(const std::vector<uint8_t>& pixels, PictureSize from, int64_t channels, PictureSize to,
                             Filter filter) {
  std::vector<double> out;
  for (int64_t y = 0; y < to.height; ++y) {
    const std::vector<double> down = shares(from.height, to.height, y, filter);
    for (int64_t x = 0; x < to.width; ++x) {
      const std::vector<double> across = shares(from.width, to.width, x, filter);
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (int64_t v = 0; v < from.height; ++v)
          for (int64_t u = 0; u < from.width; ++u)
            sum += down[v] * across[u] * pixels[(v * from.width + u) * channels + c];
        out.push_back(std::clamp(sum, 0.0, 255.0));
      }
    }
  }
  return out;
}

}  // namespace kindred::reference

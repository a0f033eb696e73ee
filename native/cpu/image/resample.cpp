#include "kindred/image/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int kBits = 32 - 8 - 2;  // of a weight's fraction
constexpr double kPi = 3.14159265358979323846;

double sinc(double x) { return x == 0 ? 1 : std::sin(x * kPi) / (x * kPi); }

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

double hamming(double x) {
  x = std::fabs(x);
  if (x == 0) return 1;
  if (x >= 1) return 0;
  x *= kPi;
  return std::sin(x) / x * (0.54 + 0.46 * std::cos(x));
}

struct Shape {
  double support;
  double (*weight)(double x);
};

Shape shape_of(Filter filter) {
  switch (filter) {
    case Filter::lanczos:
      return {3, [](double x) { return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0.0; }};
    case Filter::bicubic:
      return {2, bicubic};
    case Filter::box:
      return {0.5, [](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }};
    case Filter::hamming:
      return {1, hamming};
    default:
      return {1, [](double x) { return std::max(0.0, 1 - std::fabs(x)); }};
  }
}

// Which of `from` places make each of `to`, and with what weights.
struct Weights {
  std::vector<int64_t> first, count;  // [to]
  std::vector<int32_t> values;        // [to, width]
  int64_t width;
};

Weights weights_of(int64_t from, int64_t to, Filter filter) {
  const Shape shape = shape_of(filter);
  const double scale = static_cast<double>(from) / static_cast<double>(to), stretch = std::max(scale, 1.0);
  const double support = shape.support * stretch;
  Weights out;
  out.width = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  out.first.resize(to);
  out.count.resize(to);
  out.values.assign(to * out.width, 0);
  std::vector<double> exact(out.width);
  for (int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5));
    const int64_t end = std::min(from, static_cast<int64_t>(center + support + 0.5));
    double sum = 0;
    for (int64_t x = first; x < end; ++x)
      sum += exact[x - first] = shape.weight((static_cast<double>(x) - center + 0.5) * (1 / stretch));
    out.first[i] = first;
    out.count[i] = end - first;
    for (int64_t x = 0; x < end - first; ++x) {
      const double w = (sum != 0 ? exact[x] / sum : exact[x]) * (1 << kBits);
      out.values[i * out.width + x] = static_cast<int32_t>(w < 0 ? w - 0.5 : w + 0.5);
    }
  }
  return out;
}

uint8_t clipped(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

constexpr int32_t kHalf = 1 << (kBits - 1);

// One row [from, channels] to [to, channels].
void resample_row(const uint8_t* row, int64_t channels, const Weights& weights, int64_t to, uint8_t* out) {
  for (int64_t i = 0; i < to; ++i) {
    const int32_t* w = weights.values.data() + i * weights.width;
    const uint8_t* pixels = row + weights.first[i] * channels;
    for (int64_t c = 0; c < channels; ++c) {
      int32_t sum = kHalf;
      for (int64_t x = 0; x < weights.count[i]; ++x) sum += pixels[x * channels + c] * w[x];
      out[i * channels + c] = clipped(sum);
    }
  }
}

void nearest(const uint8_t* pixels, PictureSize from, int64_t channels, PictureSize to, uint8_t* out,
             const AbortFlag* abort) {
  const double sy = static_cast<double>(from.height) / static_cast<double>(to.height);
  const double sx = static_cast<double>(from.width) / static_cast<double>(to.width);
  parallel_for(to.height, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t y = begin; y < end; ++y) {
      const auto fy = std::min(from.height - 1, static_cast<int64_t>((static_cast<double>(y) + 0.5) * sy));
      for (int64_t x = 0; x < to.width; ++x) {
        const auto fx = std::min(from.width - 1, static_cast<int64_t>((static_cast<double>(x) + 0.5) * sx));
        std::copy_n(pixels + (fy * from.width + fx) * channels, channels, out + (y * to.width + x) * channels);
      }
    }
  });
}

}  // namespace

void resample(const uint8_t* pixels, PictureSize from, int64_t channels, PictureSize to, Filter filter, uint8_t* out,
              const AbortFlag* abort) {
  if (from.height < 1 || from.width < 1 || to.height < 1 || to.width < 1)
    fail_value("resample: expected pictures of at least one pixel.");
  if (filter == Filter::nearest) return nearest(pixels, from, channels, to, out, abort);
  const int64_t row = to.width * channels;
  std::vector<uint8_t> narrow;  // [from.height, to.width, channels]
  if (from.width != to.width) {
    narrow.resize(from.height * row);
    const Weights across = weights_of(from.width, to.width, filter);
    parallel_for(from.height, 16, abort, [&](int64_t begin, int64_t end) {
      for (int64_t y = begin; y < end; ++y)
        resample_row(pixels + y * from.width * channels, channels, across, to.width, narrow.data() + y * row);
    });
    pixels = narrow.data();
  }
  if (from.height == to.height) {
    std::copy_n(pixels, to.height * row, out);
    return;
  }
  const Weights down = weights_of(from.height, to.height, filter);
  parallel_for(to.height, 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> sums(row);
    for (int64_t y = begin; y < end; ++y) {
      std::fill(sums.begin(), sums.end(), kHalf);
      for (int64_t i = 0; i < down.count[y]; ++i) {
        const uint8_t* from_row = pixels + (down.first[y] + i) * row;
        const int32_t w = down.values[y * down.width + i];
        for (int64_t x = 0; x < row; ++x) sums[x] += from_row[x] * w;
      }
      for (int64_t x = 0; x < row; ++x) out[y * row + x] = clipped(sums[x]);
    }
  });
}

}  // namespace kindred

#include <algorithm>
#include <cmath>

#include "kindred/image/descriptors.h"

namespace kindred {
namespace {

constexpr float kLeastDistance = 5, kMostDeviation = 15, kLeastShare = 0.005f;

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<int64_t> border_of(int64_t height, int64_t width) {
  const int64_t ring = std::max<int64_t>(1, std::min(height, width) / 16);
  std::vector<int64_t> out;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      if (y < ring || y >= height - ring || x < ring || x >= width - ring) out.push_back(y * width + x);
  return out;
}

// [first, end) of the places that hold all of `counts` but half a percent at each side.
std::pair<int64_t, int64_t> span_of(const std::vector<int64_t>& counts, int64_t total) {
  const int64_t spare = total / 200;
  int64_t first = 0, end = static_cast<int64_t>(counts.size());
  for (int64_t left = counts[first]; left <= spare; left += counts[first]) ++first;
  for (int64_t left = counts[end - 1]; left <= spare; left += counts[end - 1]) --end;
  return {first, std::max(end, first + 1)};
}

Box box_of(const std::vector<uint8_t>& mask, int64_t height, int64_t width) {
  std::vector<int64_t> rows(height), cols(width);
  int64_t total = 0;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      if (mask[y * width + x]) ++rows[y], ++cols[x], ++total;
  const auto [top, bottom] = span_of(rows, total);
  const auto [left, right] = span_of(cols, total);
  return {top, left, bottom, right};
}

}  // namespace

Foreground find_foreground(const LabPlanes& picture) {
  const int64_t height = picture.height, width = picture.width, n = height * width;
  Foreground out{std::vector<uint8_t>(n, 1), {0, 0, height, width}, {}};
  const std::vector<int64_t> border = border_of(height, width);
  const std::vector<float>* planes[3] = {&picture.l, &picture.a, &picture.b};
  std::vector<float> values(border.size());
  for (int c = 0; c < 3; ++c) {
    for (size_t i = 0; i < border.size(); ++i) values[i] = (*planes[c])[border[i]];
    out.background[c] = median(values);
  }
  const auto distance = [&](int64_t i) {
    const float l = picture.l[i] - out.background[0], a = picture.a[i] - out.background[1],
                b = picture.b[i] - out.background[2];
    return std::sqrt(l * l + a * a + b * b);
  };
  for (size_t i = 0; i < border.size(); ++i) values[i] = distance(border[i]);
  const float deviation = 1.4826f * median(values);
  if (deviation > kMostDeviation) return out;
  const float near = std::max(kLeastDistance, 3 * deviation);
  std::vector<int64_t> open;
  int64_t background = 0;
  const auto reach = [&](int64_t i) {
    if (!out.mask[i] || distance(i) > near) return;
    out.mask[i] = 0;
    ++background;
    open.push_back(i);
  };
  for (int64_t x = 0; x < width; ++x) reach(x), reach((height - 1) * width + x);
  for (int64_t y = 0; y < height; ++y) reach(y * width), reach(y * width + width - 1);
  while (!open.empty()) {
    const int64_t i = open.back(), x = i % width;
    open.pop_back();
    if (x > 0) reach(i - 1);
    if (x + 1 < width) reach(i + 1);
    if (i >= width) reach(i - width);
    if (i + width < n) reach(i + width);
  }
  if (static_cast<float>(n - background) < kLeastShare * static_cast<float>(n))
    std::fill(out.mask.begin(), out.mask.end(), uint8_t{1});
  else
    out.box = box_of(out.mask, height, width);
  return out;
}

}  // namespace kindred

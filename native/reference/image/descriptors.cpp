#include <algorithm>
#include <cmath>

#include "reference/image/image.h"

namespace kindred::reference {
namespace {

void unit(std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  if (squares > 0)
    for (double& value : values) value /= std::sqrt(squares);
}

void append_roots(std::vector<double> counts, std::vector<double>& out) {
  double total = 0;
  for (const double count : counts) total += count;
  for (const double count : counts) out.push_back(total > 0 ? std::sqrt(count / total) : 0);
}

// The share of a value in bin i of `bins` of `width` from `low` on: a triangle round the bin's centre.
double share(double value, double low, double width, int64_t bins, int64_t i) {
  const double at = std::clamp((value - low) / width - 0.5, 0.0, static_cast<double>(bins - 1));
  return std::max(0.0, 1 - std::fabs(at - static_cast<double>(i)));
}

std::vector<double> patterns(const std::vector<float>& l, const std::vector<uint8_t>& mask, int64_t h, int64_t w) {
  std::vector<int> uniform;
  for (int p = 0; p < 256; ++p) {
    int changes = 0;
    for (int i = 0; i < 8; ++i) changes += (p >> i & 1) != (p >> (i + 1) % 8 & 1);
    if (changes <= 2) uniform.push_back(p);
  }
  const int dy[8] = {-1, -1, -1, 0, 1, 1, 1, 0}, dx[8] = {-1, 0, 1, 1, 1, 0, -1, -1};
  std::vector<double> counts(59, 0.0);
  for (int64_t y = 1; y + 1 < h; ++y)
    for (int64_t x = 1; x + 1 < w; ++x) {
      if (!mask[y * w + x]) continue;
      int pattern = 0;
      for (int i = 0; i < 8; ++i)
        if (l[(y + dy[i]) * w + x + dx[i]] >= l[y * w + x]) pattern += 1 << i;
      const auto found = std::find(uniform.begin(), uniform.end(), pattern);
      ++counts[found - uniform.begin()];
    }
  return counts;
}

}  // namespace

std::vector<double> color_histograms(const LabPlanes& picture, const Foreground& foreground) {
  const Box& box = foreground.box;
  const int64_t my = (box.top + box.bottom) / 2, mx = (box.left + box.right) / 2;
  const Box regions[5] = {box,
                          {box.top, box.left, my, mx},
                          {box.top, mx, my, box.right},
                          {my, box.left, box.bottom, mx},
                          {my, mx, box.bottom, box.right}};
  std::vector<double> out;
  for (const Box& region : regions) {
    std::vector<double> counts;
    for (int64_t bin = 0; bin < 100; ++bin) {
      double count = 0;
      for (int64_t y = region.top; y < region.bottom; ++y)
        for (int64_t x = region.left; x < region.right; ++x) {
          const int64_t i = y * picture.width + x;
          if (foreground.mask[i])
            count += share(picture.l[i], 0, 25, 4, bin / 25) * share(picture.a[i], -60, 24, 5, bin / 5 % 5) *
                     share(picture.b[i], -60, 24, 5, bin % 5);
        }
      counts.push_back(count);
    }
    append_roots(counts, out);
  }
  unit(out);
  return out;
}

std::vector<double> binary_patterns(const LabPlanes& picture, const Foreground& foreground) {
  std::vector<double> out;
  append_roots(patterns(picture.l, foreground.mask, picture.height, picture.width), out);
  std::vector<float> half;
  std::vector<uint8_t> mask;
  for (int64_t y = 0; y + 1 < picture.height; y += 2)
    for (int64_t x = 0; x + 1 < picture.width; x += 2) {
      const float* at = picture.l.data() + y * picture.width + x;
      half.push_back((at[0] + at[1] + at[picture.width] + at[picture.width + 1]) / 4);
      mask.push_back(foreground.mask[y * picture.width + x]);
    }
  append_roots(patterns(half, mask, picture.height / 2, picture.width / 2), out);
  unit(out);
  return out;
}

std::vector<double> oriented_gradients(const Frame& frame) {
  const double pi = std::acos(-1.0);
  const auto l = [&](int64_t y, int64_t x) -> double {
    return frame.l[std::clamp<int64_t>(y, 0, 63) * 64 + std::clamp<int64_t>(x, 0, 63)];
  };
  // The triangle round the centre of a cell, or of an orientation on the circle of nine.
  const auto near = [](double at, int64_t i) { return std::max(0.0, 1 - std::fabs(at - static_cast<double>(i))); };
  std::vector<double> cells(8 * 8 * 9, 0.0);
  for (int64_t y = 0; y < 64; ++y)
    for (int64_t x = 0; x < 64; ++x) {
      const double dx = l(y, x + 1) - l(y, x - 1), dy = l(y + 1, x) - l(y - 1, x);
      const double turn = std::fmod(std::atan2(dy, dx) + 2 * pi, pi) / pi * 9 - 0.5;
      for (int64_t c = 0; c < 64; ++c) {
        const double place = near((static_cast<double>(y) + 0.5) / 8 - 0.5, c / 8) *
                             near((static_cast<double>(x) + 0.5) / 8 - 0.5, c % 8);
        for (int64_t o = 0; place > 0 && o < 9; ++o)
          cells[c * 9 + o] +=
              std::hypot(dx, dy) * place * std::max({near(turn, o), near(turn + 9, o), near(turn - 9, o)});
      }
    }
  std::vector<double> out(8 * 8 * 9, 0.0), blocks(64, 0.0);
  for (int64_t by = 0; by < 7; ++by)
    for (int64_t bx = 0; bx < 7; ++bx) {
      std::vector<double> block;
      const int64_t members[4] = {by * 8 + bx, by * 8 + bx + 1, by * 8 + bx + 8, by * 8 + bx + 9};
      for (const int64_t m : members) block.insert(block.end(), cells.begin() + m * 9, cells.begin() + m * 9 + 9);
      for (const double epsilon : {1e-3 * 64, 1e-3}) {
        double squares = epsilon * epsilon;
        for (const double value : block) squares += value * value;
        for (double& value : block) value /= std::sqrt(squares);
        if (epsilon > 1e-3)
          for (double& value : block) value = std::min(value, 0.2);
      }
      for (int m = 0; m < 4; ++m) {
        ++blocks[members[m]];
        for (int o = 0; o < 9; ++o) out[members[m] * 9 + o] += block[m * 9 + o];
      }
    }
  for (int64_t i = 0; i < 576; ++i) out[i] /= blocks[i / 9];
  unit(out);
  return out;
}

std::vector<double> silhouette(const Frame& frame) {
  std::vector<double> out;
  for (int64_t c = 0; c < 64; ++c) {
    double sum = 0;
    for (int64_t p = 0; p < 64; ++p) sum += frame.mask[(c / 8 * 8 + p / 8) * 64 + c % 8 * 8 + p % 8];
    out.push_back(sum);
  }
  unit(out);
  return out;
}

}  // namespace kindred::reference

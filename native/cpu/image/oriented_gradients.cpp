#include <algorithm>
#include <cmath>

#include "cpu/image/finish_histogram.h"

namespace kindred {
namespace {

constexpr float kPi = 3.14159265358979f;
constexpr float kEpsilon = 1e-3f;  // units of L, per block: a flat block stays near zero
constexpr float kClip = 0.2f;      // L2-Hys
constexpr int64_t kBlock = 4 * kOrientations;

// Votes of each cell: [kCells, kCells, kOrientations].
void count_votes(const Frame& frame, float* cells) {
  const auto at = [&](int64_t y, int64_t x) {
    return frame.l[std::clamp<int64_t>(y, 0, kFrame - 1) * kFrame + std::clamp<int64_t>(x, 0, kFrame - 1)];
  };
  for (int64_t y = 0; y < kFrame; ++y)
    for (int64_t x = 0; x < kFrame; ++x) {
      const float dx = at(y, x + 1) - at(y, x - 1), dy = at(y + 1, x) - at(y - 1, x);
      const float magnitude = std::sqrt(dx * dx + dy * dy);
      if (magnitude == 0) continue;
      float angle = std::atan2(dy, dx);
      if (angle < 0) angle += kPi;
      const float turn = angle / kPi * kOrientations - 0.5f;  // from the centre of the first bin
      const float whole = std::floor(turn), share = turn - whole;
      const int64_t first = (static_cast<int64_t>(whole) + kOrientations) % kOrientations;
      const int64_t second = (first + 1) % kOrientations;
      const float cell_y = (static_cast<float>(y) + 0.5f) / kCellPixels - 0.5f;
      const float cell_x = (static_cast<float>(x) + 0.5f) / kCellPixels - 0.5f;
      const auto cy = static_cast<int64_t>(std::floor(cell_y)), cx = static_cast<int64_t>(std::floor(cell_x));
      const float fy = cell_y - static_cast<float>(cy), fx = cell_x - static_cast<float>(cx);
      for (int corner = 0; corner < 4; ++corner) {
        const int64_t to_y = cy + (corner >> 1), to_x = cx + (corner & 1);
        if (to_y < 0 || to_y >= kCells || to_x < 0 || to_x >= kCells) continue;
        const float vote = magnitude * (corner >> 1 ? fy : 1 - fy) * (corner & 1 ? fx : 1 - fx);
        float* cell = cells + (to_y * kCells + to_x) * kOrientations;
        cell[first] += vote * (1 - share);
        cell[second] += vote * share;
      }
    }
}

void scale_to_unit(float* block, float epsilon) {
  float squares = epsilon * epsilon;
  for (int64_t i = 0; i < kBlock; ++i) squares += block[i] * block[i];
  for (int64_t i = 0; i < kBlock; ++i) block[i] /= std::sqrt(squares);
}

}  // namespace

void oriented_gradients(const Frame& frame, float* out) {
  float cells[kGradientDims] = {};
  count_votes(frame, cells);
  std::fill_n(out, kGradientDims, 0.0f);
  for (int64_t by = 0; by + 1 < kCells; ++by)
    for (int64_t bx = 0; bx + 1 < kCells; ++bx) {
      float block[kBlock];
      const int64_t members[4] = {by * kCells + bx, by * kCells + bx + 1, (by + 1) * kCells + bx,
                                  (by + 1) * kCells + bx + 1};
      for (int m = 0; m < 4; ++m)
        std::copy_n(cells + members[m] * kOrientations, kOrientations, block + m * kOrientations);
      scale_to_unit(block, kEpsilon * kCellPixels * kCellPixels);
      for (float& value : block) value = std::min(value, kClip);
      scale_to_unit(block, kEpsilon);
      for (int m = 0; m < 4; ++m)
        for (int64_t o = 0; o < kOrientations; ++o) out[members[m] * kOrientations + o] += block[m * kOrientations + o];
    }
  for (int64_t y = 0; y < kCells; ++y)
    for (int64_t x = 0; x < kCells; ++x) {
      const bool edge_y = y == 0 || y == kCells - 1, edge_x = x == 0 || x == kCells - 1;
      const float blocks = static_cast<float>((edge_y ? 1 : 2) * (edge_x ? 1 : 2));
      for (int64_t o = 0; o < kOrientations; ++o) out[(y * kCells + x) * kOrientations + o] /= blocks;
    }
  to_unit(out, kGradientDims);
}

}  // namespace kindred

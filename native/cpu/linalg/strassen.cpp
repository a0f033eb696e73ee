#include "kindred/linalg/strassen.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "cpu/linalg/gemm_tiles.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Rows of half a group at most. With a depth of 1,024 the seven sums of a group on the left take 2.7 MiB, which stay in
// L3 while those on the right stream past, and one sum on the right takes 256 KiB of L2.
constexpr int64_t kLeftRows = 192;
constexpr int64_t kRightRows = 128;
constexpr int64_t kPad = 48;  // rows a power of two apart would share the few places of one cache set

// A quarter of a factor, by half of its group and half of the depth; or of c, by half of the group on the left and on
// the right.
struct Quarter {
  int row, col;
  float sign;  // 0: none
};

using Quarters = std::array<Quarter, 2>;

struct Product {
  Quarters left, right, out;  // the first of out has a positive sign
};

constexpr Quarter kNone{0, 0, 0};
constexpr std::array<Product, 7> kProducts = {{
    {{{{0, 0, 1}, {1, 1, 1}}}, {{{0, 0, 1}, {1, 1, 1}}}, {{{0, 0, 1}, {1, 1, 1}}}},
    {{{{1, 0, 1}, {1, 1, 1}}}, {{{0, 0, 1}, kNone}}, {{{1, 0, 1}, {1, 1, -1}}}},
    {{{{0, 0, 1}, kNone}}, {{{1, 0, 1}, {1, 1, -1}}}, {{{0, 1, 1}, {1, 1, 1}}}},
    {{{{1, 1, 1}, kNone}}, {{{0, 1, 1}, {0, 0, -1}}}, {{{0, 0, 1}, {1, 0, 1}}}},
    {{{{0, 0, 1}, {0, 1, 1}}}, {{{1, 1, 1}, kNone}}, {{{0, 1, 1}, {0, 0, -1}}}},
    {{{{1, 0, 1}, {0, 0, -1}}}, {{{0, 0, 1}, {1, 0, 1}}}, {{{1, 1, 1}, kNone}}},
    {{{{0, 1, 1}, {1, 1, -1}}}, {{{0, 1, 1}, {1, 1, 1}}}, {{{0, 0, 1}, kNone}}},
}};

// The part of c that one group on the left and one on the right make.
struct Block {
  Matrix c;
  int64_t top, bottom, half_height;  // rows
  int64_t start, end, half_width;    // columns
  bool lower;
};

// Adds one product of packed sums to the quarters of c that take it.
void add_product(const Block& block, const Quarters& out, const float* left, const float* right, int64_t depth) {
  const Kernels& k = kernels();
  const int64_t rows = k.gemm_tile_shape.rows, cols = k.gemm_tile_shape.cols;
  for (int64_t i = 0; i < block.half_height; i += rows)
    for (int64_t j = 0; j < block.half_width; j += cols) {
      float* targets[2] = {};
      bool whole = true;
      for (int q = 0; q < 2; ++q) {
        const int64_t row = block.top + out[q].row * block.half_height + i;
        const int64_t col = block.start + out[q].col * block.half_width + j;
        if (out[q].sign == 0 || row >= block.bottom || col >= block.end || (block.lower && row + rows <= col)) continue;
        targets[q] = block.c.row(row) + col;
        whole = whole && row + rows <= block.bottom && col + cols <= block.end;
      }
      if (!targets[0] && !targets[1]) continue;
      const float *a = left + i * depth, *b = right + j * depth;
      if (whole && targets[0]) {
        const int64_t ahead = j + cols < block.half_width ? cols : rows * block.c.stride - j;
        k.gemm_tile(a, b, depth, {targets[0], block.c.stride, ahead, targets[1], out[1].sign});
        continue;
      }
      alignas(64) float edge[kMaxTile] = {};
      k.gemm_tile(a, b, depth, {edge, cols});
      for (int q = 0; q < 2; ++q) {
        if (!targets[q]) continue;
        const int64_t height = std::min(rows, block.bottom - block.top - out[q].row * block.half_height - i);
        const int64_t width = std::min(cols, block.end - block.start - out[q].col * block.half_width - j);
        for (int64_t r = 0; r < height; ++r)
          k.axpy(out[q].sign, edge + r * cols, targets[q] + r * block.c.stride, width);
      }
    }
}

}  // namespace

void StrassenFactor::lay_out(int64_t rows, int64_t depth, GemmSkip skip) {
  if (skip.begin < 0 || skip.end < skip.begin || skip.end > rows)
    fail_shape("strassen: the rows to skip are not rows of the factor.");
  const GemmTile tile = kernels().gemm_tile_shape;
  width_ = side_ == Side::left ? tile.rows : tile.cols;
  rows_ = rows;
  depth_ = depth;
  half_depth_ = (depth + 1) / 2;
  groups_.clear();
  const int64_t most = 2 * rounded_up(side_ == Side::left ? kLeftRows : kRightRows, width_);
  int64_t halves = 0;
  for (const auto& [begin, end] : {std::pair{int64_t{0}, skip.begin}, std::pair{skip.end, rows}}) {
    const int64_t count = (end - begin + most - 1) / most;
    const int64_t half = count == 0 ? 0 : rounded_up((end - begin + 2 * count - 1) / (2 * count), width_);
    for (int64_t row = begin; row < end; row += 2 * half, halves += half)
      groups_.push_back({row, std::min(row + 2 * half, end), half, nullptr});
  }
  const int64_t sums = half_depth_ * static_cast<int64_t>(kProducts.size());
  float* data = memory_.take(0, halves * sums);
  for (Group& group : groups_) {
    group.data = data;
    data += group.half * sums;
  }
}

// rows [group.end - group.begin, depth]
void StrassenFactor::pack_group(float scale, ConstMatrix rows, const Group& group) const {
  const Kernels& k = kernels();
  std::vector<float> sum(width_ * half_depth_);
  // Of one strip after the other, whose four quarters stay in L2 while they make the seven sums.
  for (int64_t strip = 0; strip < group.half; strip += width_) {
    float* target = group.data + strip * half_depth_;
    for (const Product& product : kProducts) {
      const Quarters& quarters = side_ == Side::left ? product.left : product.right;
      const auto source = [&](const Quarter& q) {
        const int64_t row = q.row * group.half + strip, col = q.col * half_depth_;
        return ConstMatrix(rows.row(row) + col, std::min(width_, rows.rows - row),
                           std::min(half_depth_, rows.cols - col), rows.stride);
      };
      const ConstMatrix only = source(quarters[0]);
      if (quarters[1].sign == 0 && only.rows == width_ && only.cols == half_depth_) {
        k.transpose(only.data, only.stride, width_, half_depth_, scale, target, width_);
      } else {
        std::fill(sum.begin(), sum.end(), 0.0f);
        for (const Quarter& q : quarters)
          for (int64_t r = 0; q.sign != 0 && r < source(q).rows; ++r)
            k.axpy(q.sign, source(q).row(r), sum.data() + r * half_depth_, source(q).cols);
        k.transpose(sum.data(), half_depth_, width_, half_depth_, scale, target, width_);
      }
      target += group.half * half_depth_;
    }
  }
}

void StrassenFactor::pack(float scale, int64_t rows, int64_t depth, const StrassenRows& read, GemmSkip skip,
                          const AbortFlag* abort, const StrassenThen* then) {
  lay_out(rows, depth, skip);
  if (then) check(*this, then->b, then->c);
  parallel_for(static_cast<int64_t>(groups_.size()), 1, abort, [&](int64_t n, int64_t) {
    const Group& group = groups_[n];
    const int64_t height = group.end - group.begin, stride = depth + kPad;
    const std::unique_ptr<float[]> room(new float[height * stride]);
    pack_group(scale, read(group.begin, group.end, {room.get(), height, depth, stride}), group);
    if (then)
      for (const Group& other : then->b.groups_) multiply(*this, group, then->b, other, then->c, false);
  });
}

void StrassenFactor::pack(float scale, ConstMatrix m, GemmSkip skip, const AbortFlag* abort) {
  const auto view = [&](int64_t begin, int64_t end, Matrix) {
    return ConstMatrix(m.row(begin), end - begin, m.cols, m.stride);
  };
  pack(scale, m.rows, m.cols, view, skip, abort);
}

void StrassenFactor::check(const StrassenFactor& a, const StrassenFactor& b, Matrix c) {
  if (a.depth_ != b.depth_ || c.rows != a.rows_ || c.cols != b.rows_)
    fail_shape("strassen: [" + std::to_string(a.rows_) + ", " + std::to_string(a.depth_) +
               "] times the transpose of [" + std::to_string(b.rows_) + ", " + std::to_string(b.depth_) +
               "] does not give [" + std::to_string(c.rows) + ", " + std::to_string(c.cols) + "].");
}

void StrassenFactor::multiply(const StrassenFactor& a, const Group& p, const StrassenFactor& b, const Group& q,
                              Matrix c, bool lower) {
  const Block block{c, p.begin, p.end, p.half, q.begin, q.end, q.half, lower};
  const float *left = p.data, *right = q.data;
  for (const Product& product : kProducts) {
    add_product(block, product.out, left, right, a.half_depth_);
    left += p.half * a.half_depth_;
    right += q.half * b.half_depth_;
  }
}

void strassen(const StrassenFactor& a, const StrassenFactor& b, Matrix c, GemmRegion region, const AbortFlag* abort) {
  StrassenFactor::check(a, b, c);
  const bool lower = region == GemmRegion::lower;
  std::vector<std::pair<const StrassenFactor::Group*, const StrassenFactor::Group*>> pairs;
  for (const auto& p : a.groups_)
    for (const auto& q : b.groups_)
      if (!lower || q.begin < p.end) pairs.emplace_back(&p, &q);
  parallel_for(static_cast<int64_t>(pairs.size()), 1, abort, [&](int64_t n, int64_t) {
    StrassenFactor::multiply(a, *pairs[n].first, b, *pairs[n].second, c, lower);
  });
}

}  // namespace kindred

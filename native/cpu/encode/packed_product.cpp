#include "cpu/encode/packed_product.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/gemm_bf16.h"
#include "kindred/runtime/error.h"

namespace kindred::encode {
namespace {

constexpr int64_t kSlab = 256;     // of the depth in f32: packed strips of both sides fit L1
constexpr int64_t kMaxTile = 512;  // elements of a register tile at most

int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// Words of a strip of 16 lines.
int64_t strip_words(int64_t depth) { return rounded_up(depth, kBf16Depth) / kBf16Depth * kBf16Words; }
int64_t int8_strip_words(int64_t depth) { return rounded_up(depth, kInt8Depth) / kInt8Depth * kInt8Words; }

}  // namespace

bool has_int8_products() { return kernels().int8.multiply != nullptr; }

PackedProduct::PackedProduct(Precision precision, int64_t outputs, int64_t inputs)
    : precision_(precision), outputs_(outputs), inputs_(inputs), bias_(rounded_up(outputs, kPart), 0.0f) {
  if (precision == Precision::bf16 && !has_bf16_products())
    throw Error("ERR_NOT_SUPPORTED", "precision bf16: the instruction set has no such products; take f32.");
  if (precision == Precision::int8 && !has_int8_products())
    throw Error("ERR_NOT_SUPPORTED", "precision int8: the instruction set has no such products; take f32.");
  int64_t size = rounded_up(outputs, kernels().gemm_tile_shape.cols) * inputs;
  if (precision == Precision::bf16) size = rounded_up(outputs, kBf16Lines) / kBf16Lines * strip_words(inputs);
  if (precision == Precision::int8) {
    size = rounded_up(outputs, kInt8Lines) / kInt8Lines * int8_strip_words(inputs);
    scales_.resize(rounded_up(outputs, kPart));
    sums_.resize(rounded_up(outputs, kPart));
  }
  weights_ = LargeVector<float>(size);
  if (precision == Precision::f32)  // columns of the last strip that there are not
    std::fill(weights_.end() - std::min<int64_t>(size, kernels().gemm_tile_shape.cols * inputs), weights_.end(), 0.0f);
}

void PackedProduct::set_bias(const float* bias) { std::copy_n(bias, outputs_, bias_.begin()); }

int64_t PackedProduct::bytes() const { return static_cast<int64_t>((weights_.size() + bias_.size()) * sizeof(float)); }

void PackedProduct::set_weights(const float* w) {
  if (precision_ == Precision::bf16) {
    kernels().bf16.pack({w, outputs_, inputs_, inputs_, 1}, true, strip_words(inputs_),
                        reinterpret_cast<uint32_t*>(weights_.data()));
    return;
  }
  if (precision_ == Precision::int8) {
    kernels().int8.pack({w, outputs_, inputs_, inputs_}, true, reinterpret_cast<uint32_t*>(weights_.data()),
                        scales_.data(), sums_.data());
    return;
  }
  // [strip of columns][depth][cols]
  const int64_t cols = kernels().gemm_tile_shape.cols;
  for (int64_t j = 0; j < outputs_; j += cols)
    kernels().transpose(w + j * inputs_, inputs_, std::min(cols, outputs_ - j), inputs_, 1.0f,
                        weights_.data() + j * inputs_, cols);
}

int64_t PackedProduct::left_floats(int64_t rows) const {
  if (precision_ == Precision::bf16) return rounded_up(rows, kBf16Lines) / kBf16Lines * strip_words(inputs_);
  if (precision_ == Precision::int8)  // and the scale of each row
    return rounded_up(rows, kInt8Lines) / kInt8Lines * (int8_strip_words(inputs_) + kInt8Lines);
  return rounded_up(rows, kernels().gemm_tile_shape.rows) * inputs_;
}

void PackedProduct::pack(ConstMatrix x, int64_t col, float* left) const {
  if (precision_ == Precision::bf16) {
    kernels().bf16.pack({x.data, x.rows, x.cols, x.stride, 1}, false, strip_words(inputs_),
                        reinterpret_cast<uint32_t*>(left) + col / kBf16Depth * kBf16Words);
    return;
  }
  if (precision_ == Precision::int8) {
    float* const scales = left + rounded_up(x.rows, kInt8Lines) / kInt8Lines * int8_strip_words(inputs_);
    kernels().int8.pack({x.data, x.rows, x.cols, x.stride}, false, reinterpret_cast<uint32_t*>(left), scales, nullptr);
    return;
  }
  // [strip of rows][depth][rows]; rows past the last are whatever was there, and go nowhere
  const int64_t rows = kernels().gemm_tile_shape.rows;
  for (int64_t i = 0; i < x.rows; i += rows)
    kernels().transpose(x.row(i), x.stride, std::min(rows, x.rows - i), x.cols, 1.0f, left + i * inputs_ + col * rows,
                        rows);
}

void PackedProduct::multiply(const float* left, int64_t begin, Matrix y) const {
  if (y.rows == 0 || y.cols == 0) return;
  if (precision_ == Precision::f32) return multiply_f32(left, begin, y);
  if (precision_ == Precision::int8) {
    const int64_t words = int8_strip_words(inputs_);
    kernels().int8.multiply({reinterpret_cast<const uint32_t*>(left),
                             reinterpret_cast<const uint32_t*>(weights_.data()) + begin / kInt8Lines * words,
                             left + rounded_up(y.rows, kInt8Lines) / kInt8Lines * words, scales_.data() + begin,
                             sums_.data() + begin, words / kInt8Words, bias_.data() + begin, y.data, y.stride, y.rows,
                             y.cols});
    return;
  }
  const int64_t steps = rounded_up(inputs_, kBf16Depth) / kBf16Depth;
  kernels().bf16.multiply(
      {reinterpret_cast<const uint32_t*>(left),
       reinterpret_cast<const uint32_t*>(weights_.data()) + begin / kBf16Lines * strip_words(inputs_), steps,
       bias_.data() + begin, y.data, y.stride, y.rows, y.cols});
}

void PackedProduct::multiply_f32(const float* left, int64_t begin, Matrix y) const {
  const Kernels& k = kernels();
  const int64_t rows = k.gemm_tile_shape.rows, cols = k.gemm_tile_shape.cols;
  alignas(64) float edge[kMaxTile];
  for (int64_t j = 0; j < y.cols; j += cols)
    for (int64_t slab = 0; slab < inputs_; slab += kSlab) {
      const int64_t depth = std::min(kSlab, inputs_ - slab);
      const float* const right = weights_.data() + (begin + j) * inputs_ + slab * cols;
      const bool is_first = slab == 0;
      for (int64_t i = 0; i < y.rows; i += rows) {
        const float* const a = left + i * inputs_ + slab * rows;
        const int64_t height = std::min(rows, y.rows - i), width = std::min(cols, y.cols - j);
        const float* const bias = bias_.data() + begin + j;
        if (height == rows && width == cols) {
          k.gemm_tile(a, right, depth, {y.row(i) + j, y.stride, rows * y.stride, is_first, is_first ? bias : nullptr});
          continue;
        }
        std::fill_n(edge, rows * cols, 0.0f);
        k.gemm_tile(a, right, depth, {edge, cols});
        for (int64_t r = 0; r < height; ++r)
          for (int64_t s = 0; s < width; ++s) {
            float& out = y.row(i + r)[j + s];
            out = (is_first ? bias[s] : out) + edge[r * cols + s];
          }
      }
    }
}

}  // namespace kindred::encode

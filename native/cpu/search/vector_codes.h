// Lossy codes of vectors: bf16, the float cut to 8 bits of mantissa, or int8, a byte a dimension and a scale a vector.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kindred/search/index.h"

namespace kindred {

// How far the codes of some vectors are from them, as Euclidean norms; each is the largest of theirs.
struct CodeBounds {
  double error = 0;  // of vector - decoded
  double norm = 0;   // of decoded
  double bias = 0;   // |bias| added to the scores

  void include(const CodeBounds& other) {
    error = std::max(error, other.error);
    norm = std::max(norm, other.norm);
    bias = std::max(bias, other.bias);
  }
};

inline int64_t units_of(Dtype dtype, int64_t dims) {
  return dtype == Dtype::f32 ? dims : dtype == Dtype::bf16 ? (dims + 1) / 2 : (dims + 3) / 4;
}

// To the nearest, ties to even; finite stays finite, and what is denormal becomes 0, as the processor takes it.
inline uint16_t bf16_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7F800000u) == 0) return static_cast<uint16_t>(bits >> 16 & 0x8000u);
  const uint32_t rounded = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
  return static_cast<uint16_t>((rounded & 0x7F80u) == 0x7F80u ? rounded - 1 : rounded);
}

inline float float_of_bf16(uint32_t code) { return std::bit_cast<float>(code << 16); }

// The step of int8 codes for numbers up to `largest`. Its mantissa is short, so that decoded numbers are exact floats,
// whose codes are the same again; 0 where the numbers are too small to have one.
inline float i8_scale(float largest) {
  const float scale = largest / 127;
  if (!(scale >= 0x1p-100f)) return 0;
  return std::bit_cast<float>((std::bit_cast<uint32_t>(scale) + 0xFFu) & ~0xFFu);
}

// The codes of one vector.
class CodedVector {
 public:
  CodedVector(Dtype dtype, int64_t dims) : dtype_(dtype), codes_(dims), decoded_(dims) {}

  void encode(const float* vector) {
    float largest = 0;
    for (size_t t = 0; t < codes_.size(); ++t) largest = std::max(largest, std::fabs(vector[t]));
    scale_ = dtype_ == Dtype::i8 ? i8_scale(largest) : 1;
    const float inverse = scale_ > 0 ? 1 / scale_ : 0;
    double error = 0, norm = 0;
    for (size_t t = 0; t < codes_.size(); ++t) {
      if (dtype_ == Dtype::i8) {
        const int code = std::clamp(static_cast<int>(std::lrintf(vector[t] * inverse)), -127, 127);
        codes_[t] = static_cast<uint16_t>(code);
        decoded_[t] = static_cast<float>(code) * scale_;
      } else {
        codes_[t] = bf16_of(vector[t]);
        decoded_[t] = float_of_bf16(codes_[t]);
      }
      const double difference = static_cast<double>(vector[t]) - decoded_[t];
      error += difference * difference;
      norm += static_cast<double>(decoded_[t]) * decoded_[t];
    }
    error_ = std::sqrt(error);
    norm_ = std::sqrt(norm);
  }

  // Unit t: two numbers of bf16, four of int8; the first lowest, 0 past the last.
  uint32_t word(int64_t t) const {
    const int64_t per = dtype_ == Dtype::i8 ? 4 : 2, bits = 32 / per, dims = static_cast<int64_t>(codes_.size());
    uint32_t word = 0;
    for (int64_t i = 0; i < per && t * per + i < dims; ++i)
      word |= (codes_[t * per + i] & ((uint32_t{1} << bits) - 1)) << (i * bits);
    return word;
  }

  // Of int8: the sum of the codes.
  int32_t sum() const {
    int32_t sum = 0;
    for (const uint16_t code : codes_) sum += static_cast<int16_t>(code);
    return sum;
  }

  float scale() const { return scale_; }
  double error() const { return error_; }  // |vector - decoded|
  double norm() const { return norm_; }    // |decoded|

 private:
  Dtype dtype_;
  std::vector<uint16_t> codes_;
  std::vector<float> decoded_;
  float scale_ = 0;
  double error_ = 0, norm_ = 0;
};

}  // namespace kindred

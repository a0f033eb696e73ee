// y = x w' + b, with weights that are packed once for the kernels of their precision.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/encode/encoder.h"
#include "kindred/linalg/matrix.h"
#include "kindred/runtime/large_pages.h"

namespace kindred::encode {

class PackedProduct {
 public:
  PackedProduct(Precision precision, int64_t outputs, int64_t inputs);

  void set_weights(const float* w);  // [outputs, inputs]
  void set_bias(const float* bias);  // [outputs]

  int64_t outputs() const { return outputs_; }
  int64_t inputs() const { return inputs_; }
  int64_t bytes() const;

  // Room for `rows` rows of x as multiply reads them.
  int64_t left_floats(int64_t rows) const;
  // Columns [col, col + x.cols) of x, of which col is a multiple of kPart; in int8 all columns.
  void pack(ConstMatrix x, int64_t col, float* left) const;
  // Columns [begin, begin + y.cols) of y, begin being a multiple of kPart.
  void multiply(const float* left, int64_t begin, Matrix y) const;

  // Whether pack takes some columns.
  bool packs_parts() const { return precision_ != Precision::int8; }

  static constexpr int64_t kPart = 128;

 private:
  void multiply_f32(const float* left, int64_t begin, Matrix y) const;

  Precision precision_;
  int64_t outputs_, inputs_;
  LargeVector<float> weights_;
  std::vector<float> bias_, scales_;  // scales and sums of rows of w in int8
  std::vector<int32_t> sums_;
};

}  // namespace kindred::encode

// Convolution over sequences, by its definition, in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

// y [tokens, out] from x [tokens, in], weights [out, in * width] (PyTorch's [out, in, width]), bias [out] or empty:
// y[t] = bias + sum over j of weights[.., j] x[t - (width - 1) / 2 + j] within the sequence
Table sequence_convolution(const Table& x, const std::vector<int32_t>& offsets, const Table& weights,
                           const Doubles& bias, int64_t width);

struct ConvolutionGradient {
  Table x, weights;
  Doubles bias;
};
ConvolutionGradient sequence_convolution_gradient(const Table& x, const std::vector<int32_t>& offsets,
                                                  const Table& weights, int64_t width, const Table& dy);

}  // namespace kindred::reference

#include "reference/nn/sequences/convolution.h"

#include <functional>

namespace kindred::reference {
namespace {

// see(token, j, the token that weight j meets)
void for_pairs(const std::vector<int32_t>& offsets, int64_t width,
               const std::function<void(int64_t, int64_t, int64_t)>& see) {
  for (size_t s = 0; s + 1 < offsets.size(); ++s)
    for (int64_t t = offsets[s]; t < offsets[s + 1]; ++t)
      for (int64_t j = 0; j < width; ++j) {
        const int64_t other = t + j - (width - 1) / 2;
        if (other >= offsets[s] && other < offsets[s + 1]) see(t, j, other);
      }
}

}  // namespace

Table sequence_convolution(const Table& x, const std::vector<int32_t>& offsets, const Table& weights,
                           const Doubles& bias, int64_t width) {
  Table y(x.rows, weights.rows);
  for (int64_t t = 0; t < y.rows; ++t)
    for (int64_t o = 0; o < y.cols; ++o) y.at(t, o) = bias.empty() ? 0 : bias[o];
  for_pairs(offsets, width, [&](int64_t t, int64_t j, int64_t other) {
    for (int64_t o = 0; o < y.cols; ++o)
      for (int64_t i = 0; i < x.cols; ++i) y.at(t, o) += weights.at(o, i * width + j) * x.at(other, i);
  });
  return y;
}

ConvolutionGradient sequence_convolution_gradient(const Table& x, const std::vector<int32_t>& offsets,
                                                  const Table& weights, int64_t width, const Table& dy) {
  ConvolutionGradient out{Table(x.rows, x.cols), Table(weights.rows, weights.cols), Doubles(weights.rows, 0.0)};
  for (int64_t t = 0; t < dy.rows; ++t)
    for (int64_t o = 0; o < dy.cols; ++o) out.bias[o] += dy.at(t, o);
  for_pairs(offsets, width, [&](int64_t t, int64_t j, int64_t other) {
    for (int64_t o = 0; o < dy.cols; ++o)
      for (int64_t i = 0; i < x.cols; ++i) {
        out.x.at(other, i) += weights.at(o, i * width + j) * dy.at(t, o);
        out.weights.at(o, i * width + j) += x.at(other, i) * dy.at(t, o);
      }
  });
  return out;
}

}  // namespace kindred::reference

// Softmax cross-entropy over a large vocabulary, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

struct WeightGradients {
  Table x, w;
  Doubles bias;
};

// bias [classes] or empty
double linear_cross_entropy(const Table& x, const Table& w, const Doubles& bias, const std::vector<int32_t>& labels);
WeightGradients linear_cross_entropy_gradient(const Table& x, const Table& w, const Doubles& bias,
                                              const std::vector<int32_t>& labels, double dloss);

// softmax(x w' + bias) without the excluded classes of each row, `width` of them, negative ones for none [rows,
// classes]
Table probabilities_without(const Table& x, const Table& w, const Doubles& bias, const std::vector<int32_t>& excluded,
                            int64_t width);
// With a factor for each row, and excluded classes, among which a row's own label does not count.
struct FactoredLoss {
  double loss;
  WeightGradients gradients;
};
FactoredLoss factored_cross_entropy(const Table& x, const Table& w, const Doubles& bias,
                                    const std::vector<int32_t>& labels, const Doubles& factors,
                                    const std::vector<int32_t>& excluded, int64_t width, double dloss);

// w [rows + samples, dims]; bias and log_q [rows + samples] or empty
struct SampledSoftmax {
  Table x, w;
  Doubles bias, log_q;
  std::vector<int32_t> ids;
};
double sampled_softmax(const SampledSoftmax& of);
WeightGradients sampled_softmax_gradient(const SampledSoftmax& of, double dloss);

}  // namespace kindred::reference

// Cross-entropies with distributions, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

// weights [rows] or empty
struct SoftTargets {
  Table targets;
  Doubles weights;
  double temperature;
  bool relative;
};
double soft_cross_entropy(const Table& logits, const SoftTargets& with);
Table soft_cross_entropy_gradient(const Table& logits, const SoftTargets& with, double dloss);

struct SmoothLabels {
  std::vector<int32_t> labels;
  Doubles weights;
  double smoothing;
};
double smooth_cross_entropy(const Table& logits, const SmoothLabels& with);
Table smooth_cross_entropy_gradient(const Table& logits, const SmoothLabels& with, double dloss);

}  // namespace kindred::reference

// Operations of training beside the losses, scalar and in double: divergence, perturbation, importance.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

double symmetric_divergence(const Table& a, const Table& b);
Table symmetric_divergence_gradient(const Table& a, const Table& b, double dloss);

Table bound_sequences(const Table& x, const std::vector<int32_t>& offsets, double limit, bool exactly);

Table sequence_products(const Table& a, const Table& b, const std::vector<int32_t>& offsets);

void smoothed_sensitivity(const Doubles& weights, const Doubles& gradient, double beta1, double beta2, Doubles& mean,
                          Doubles& uncertainty);

}  // namespace kindred::reference

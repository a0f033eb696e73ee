// Losses and their gradients, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

Table softmax_rows(const Table& x);
Table log_softmax_rows(const Table& x);
Table softmax_rows_gradient(const Table& x, const Table& dy);
Table log_softmax_rows_gradient(const Table& x, const Table& dy);

double cross_entropy(const Table& logits, const std::vector<int32_t>& labels);
Table cross_entropy_gradient(const Table& logits, const std::vector<int32_t>& labels, double dloss);

double binary_cross_entropy(const Doubles& logits, const Doubles& targets);
Doubles binary_cross_entropy_gradient(const Doubles& logits, const Doubles& targets, double dloss);

double squared_error(const Doubles& x, const Doubles& targets);
Doubles squared_error_gradient(const Doubles& x, const Doubles& targets, double dloss);

}  // namespace kindred::reference

// The linear layer, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

// [rows, outputs] from x [rows, inputs], w [outputs, inputs], bias [outputs] or empty
Table linear(const Table& x, const Table& w, const Doubles& bias);
Table linear_input_gradient(const Table& dy, const Table& w);
Table linear_weight_gradient(const Table& dy, const Table& x);
Doubles column_sums(const Table& m);

}  // namespace kindred::reference

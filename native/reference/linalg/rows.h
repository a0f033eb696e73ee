// Rows mapped and fused, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/rows.h"

namespace kindred::reference {

std::vector<double> map_rows(ConstMatrix x, ConstMatrix weights, const float* bias);  // [x.rows, weights.cols]

// to [rows, cols] as kindred::fuse_rows leaves it; how many of the rows taken are zeros.
int64_t fuse_rows(const FusedRows& rows, std::vector<double>& to, int64_t cols);

}  // namespace kindred::reference

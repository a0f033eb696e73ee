// FTRL-Proximal, scalar and in double, weight by weight.
#pragma once

#include <vector>

#include "kindred/linear/ftrl.h"

namespace kindred::reference {

// Of each weight as FtrlState has them.
struct Ftrl {
  std::vector<double> weights, factors;
};

double ftrl_learn(const FtrlRows& rows, const float* labels, int64_t dims, const FtrlSettings& settings, Ftrl& state);
// The cell of an index of sparse features, as ftrl_hash says.
int32_t ftrl_cell(int32_t index, uint32_t salt, int64_t cells);
std::vector<double> ftrl_predict(const FtrlRows& rows, int64_t dims, const FtrlSettings& settings, const Ftrl& state);

}  // namespace kindred::reference

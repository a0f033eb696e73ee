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
std::vector<double> ftrl_predict(const FtrlRows& rows, int64_t dims, const FtrlSettings& settings, const Ftrl& state);

}  // namespace kindred::reference

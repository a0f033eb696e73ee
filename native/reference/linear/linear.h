// Linear models with an L1 penalty: plain coordinate descent over all columns, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"

namespace kindred::reference {

struct LinearModel {
  std::vector<double> weights;  // [x.cols]
  double intercept = 0;
};

// Minimises |y - x w - intercept|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2.
LinearModel elastic_net(ConstMatrix x, const std::vector<double>& y, double l1, double l2, bool intercept,
                        bool positive, int sweeps);

// Minimises the logistic loss + l1 |w|_1, each step by the bound of 1/4 on the curvature.
LinearModel logistic_l1(ConstMatrix x, const std::vector<double>& y, double l1, bool intercept, int sweeps);

}  // namespace kindred::reference

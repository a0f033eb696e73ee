// Gradient steps, one scalar at a time, in double.
#pragma once

#include <vector>

#include "cpu/sgd/sgd_kernels.h"

namespace kindred::reference {

// Factors [users, width] and [items, width], and biases.
struct Sgd {
  std::vector<double> X, Y, user_bias, item_bias;
  int64_t width;
  double learning_rate, regularization;
};

// One step of Rendle et al. 2009, figure 4, with an item bias; returns -ln sigma of the difference before it.
double bpr_step(Sgd& model, const BprSample& sample, SgdChange change);

// One step of Koren, Bell and Volinsky 2009, equation 5; returns the squared error before it.
double rating_step(Sgd& model, double mean, const RatingSample& sample, SgdChange change);

}  // namespace kindred::reference

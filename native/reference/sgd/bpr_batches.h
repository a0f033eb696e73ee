// A step of BPR on a batch, every number of the model in turn, in double.
#pragma once

#include <vector>

#include "kindred/sgd/optimizer.h"
#include "reference/sgd/sgd.h"

namespace kindred::reference {

// Zeros at first, as many as the model has factors and item biases.
struct Moments {
  std::vector<double> X, Y, item_bias;
};

// The `t`-th step, from 1, of the mean loss of the samples as kindred/sgd/bpr_batches.h has it; returns the sum of -ln
// sigma of the differences before it.
double bpr_batch_step(Sgd& model, Moments& mean, Moments& square, const std::vector<BprSample>& samples,
                      Optimizer optimizer, int64_t t);

}  // namespace kindred::reference

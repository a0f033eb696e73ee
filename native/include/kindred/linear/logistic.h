// Logistic regression of two classes with an L1 penalty.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// A fit and what is known of it so far; places as in elastic_net.h.
struct LogisticState {
  int64_t rows = 0;
  int64_t cols = 0;
  float* columns = nullptr;        // [cols, rows] by place
  const double* target = nullptr;  // [rows] 0 or 1
  int32_t* order = nullptr;        // [cols] the column at each place
  double* weights = nullptr;       // [cols]
  double* gradients = nullptr;     // [cols] of the loss: x_j'(p - y)
  double* margins = nullptr;       // [rows] X w + intercept
  double intercept = 0;
  int64_t known = 0;
};

struct LogisticSettings {
  double l1 = 0;
  double previous_l1 = 0;    // the l1 that the state is the solution for, at least l1
  bool intercept = true;     // whether there is one; it is not penalised
  double tolerance = 0;      // the largest violation of the conditions of the minimum that is left, as gradients are
  int64_t iterations = 100;  // most steps of Newton's
};

struct LogisticResult {
  double violation = 0;
  double loss = 0;  // sum over rows of log(1 + exp(-margin)), the sign of the margin by the class
  double intercept = 0;
  int64_t iterations = 0;
  int64_t known = 0;
  bool converged = false;
};

// Gradients for the margins in `state`.
void logistic_begin(LogisticState& state, const AbortFlag* abort);

// Minimises the loss + l1 |w|_1 from the weights in `state`, which it changes in place: proximal Newton, the quadratic
// model by coordinate descent, then a line search (Friedman, Hastie and Tibshirani 2010; Yuan, Ho and Lin 2012, "An
// improved GLMNET for L1-regularized logistic regression"). Columns are taken in by the sequential strong rule, and all
// others that violate the conditions of Karush, Kuhn and Tucker after it. Same bits for any number of threads.
LogisticResult logistic_l1(LogisticState& state, const LogisticSettings& settings, const AbortFlag* abort);

// out[r] = 1 / (1 + exp(-margin[r])), in place
void probabilities(float* margins, int64_t n, const AbortFlag* abort);

}  // namespace kindred

// Lasso and elastic net by coordinate descent.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// A fit and what is known of it so far; a path goes on from one penalty to the next. Columns have places: those that
// may have a weight come first, in the order in which they were taken in, and a column moves with all that is its own.
struct ElasticNetState {
  int64_t rows = 0;
  int64_t cols = 0;
  float* columns = nullptr;        // [cols, rows] by place
  const double* target = nullptr;  // [rows] y
  float* gram = nullptr;           // [cols, cols] by place: of the first `known` rows; null: steps change the residual
  int32_t* order = nullptr;        // [cols] the column at each place
  double* squares = nullptr;       // [cols] x_j'x_j
  double* correlations = nullptr;  // [cols] x_j'y
  double* weights = nullptr;       // [cols]
  double* gradients = nullptr;     // [cols] x_j'(y - X w)
  double* residual = nullptr;      // [rows] y - X w, of use where there is no gram
  double target_square = 0;        // y'y
  int64_t known = 0;
};

struct ElasticNetSettings {
  double l1 = 0;  // both penalties for sums over rows, as in the objective below
  double l2 = 0;
  double previous_l1 = 0;     // the l1 that the state is the solution for, at least l1
  bool positive = false;      // weights of at least 0
  double tolerance = 1e-4;    // the duality gap asked for, as a share of y'y
  int64_t iterations = 1000;  // most sweeps
  bool refine = false;        // gradients from the columns, in double, before the gap is believed
};

struct ElasticNetResult {
  double gap = 0;  // of the objective below
  int64_t sweeps = 0;
  int64_t known = 0;
  bool converged = false;
};

// columns, order, squares and target are given, weights are 0: fills correlations, gradients, residual, target_square.
void elastic_net_begin(ElasticNetState& state, const AbortFlag* abort);

// Minimises |y - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2 from the weights in `state`, which it changes in place (Friedman,
// Hastie and Tibshirani 2010, "Regularization paths for generalized linear models via coordinate descent"). Steps are
// taken among the columns known so far; the others' gradients are then looked at, and those that violate the conditions
// of Karush, Kuhn and Tucker are taken in: what is left out has no weight at the minimum. With a Gram matrix a step
// costs O(known); its rows are computed as columns are taken in, sums of floats over blocks of rows, blocks in double.
// Without, those columns are taken in first that pass the sequential strong rule (Tibshirani et al. 2012, "Strong rules
// for discarding predictors in lasso-type problems"), and a step costs O(rows). After every fifth sweep over the
// columns with a weight it goes on from where the last five lead (Bertrand and Massias 2021, "Anderson acceleration of
// coordinate descent"), where the objective is less there. Same bits for any number of threads. After an abort the
// state is of no more use.
ElasticNetResult elastic_net(ElasticNetState& state, const ElasticNetSettings& settings, const AbortFlag* abort);

}  // namespace kindred

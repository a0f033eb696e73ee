// Cross-entropies with distributions instead of labels, and with weights of rows.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// All are means over rows, row r counting weights[r] times (null: once; ERR_VALUE for a weight below 0); 0 where
// nothing counts.

// Of - sum over c of targets[c] ln softmax(logits / temperature)[c] (Hinton, Vinyals, Dean 2015, section 2); less the
// targets' entropy if `relative`: then it is the Kullback-Leibler divergence. ERR_VALUE for a target below 0.
struct SoftTargets {
  ConstMatrix targets;   // [rows, classes]
  const float* weights;  // [rows] or null
  float temperature;
  bool relative;
};
float soft_cross_entropy(ConstMatrix logits, const SoftTargets& with, const AbortFlag* abort);
// dlogits [rows, classes], times dloss
void soft_cross_entropy_gradient(ConstMatrix logits, const SoftTargets& with, float dloss, Matrix dlogits,
                                 const AbortFlag* abort);

// The same of labels: the target of a row is 1 - smoothing at its label plus smoothing / classes everywhere (Szegedy et
// al. 2016, section 7). Rows whose label is negative do not count; ERR_VALUE for another that is no class.
struct SmoothLabels {
  const int32_t* labels;  // [rows]
  const float* weights;   // [rows] or null
  float smoothing;        // in [0, 1)
};
float smooth_cross_entropy(ConstMatrix logits, const SmoothLabels& with, const AbortFlag* abort);
void smooth_cross_entropy_gradient(ConstMatrix logits, const SmoothLabels& with, float dloss, Matrix dlogits,
                                   const AbortFlag* abort);

}  // namespace kindred::nn

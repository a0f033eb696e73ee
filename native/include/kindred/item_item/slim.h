// SLIM, sparse linear item-item weights by elastic nets (Ning and Karypis 2011, "SLIM: sparse linear methods for top-N
// recommender systems").
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// Floats that slim_gram fills: items^2, rounded up to whole register tiles. Throws ERR_TOO_LARGE where they overflow.
int64_t slim_gram_size(int64_t items);

// X'X [items, items], packed in strips of rows for slim_weights; the log X in both orders, values of null count as 1.
// Sums are in double. Time O(sum over users of nonzeros^2 + items^2).
void slim_gram(const CsrView& by_user, const CsrView& by_item, float* packed, const AbortFlag* abort);

struct SlimOptions {
  double l1 = 0;
  double l2 = 0;
  int64_t neighbors = 100;  // weights kept for an item, the largest
  int iterations = 100;     // sweeps over the coordinates at most
  double tolerance = 1e-4;  // the sweeps end once none moved a weight by more than this share of the largest weight
};

struct SlimWeights {
  Csr lists;                  // [end - begin, items]: row j holds the weights that make up the score of item begin + j
  int64_t not_converged = 0;  // items whose weights still moved when the sweeps ended
};

// For each item j of [begin, end) the w >= 0, w_j = 0, that minimises |X_j - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2, by
// cyclic coordinate descent from 0 (Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear
// models via coordinate descent", section 2.2) on the Gram matrix: the gradients of a block of coordinates come from
// one dense product for a strip of items at a time. The same bits for any number of threads, and for any ranges that
// begin at multiples of 32.
SlimWeights slim_weights(const float* packed, int64_t items, int64_t begin, int64_t end, const SlimOptions& options,
                         const AbortFlag* abort);

}  // namespace kindred

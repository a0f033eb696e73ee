// SLIM, sparse linear item-item weights by elastic nets (Ning and Karypis 2011, "SLIM: sparse linear methods for top-N
// recommender systems").
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// X'X for the pairs of items that a user of the log X has both of, which on sparse logs are few: row i holds the items
// beside i, ascending, at begins[i] .. begins[i + 1]. Pairs beyond 2^31 are counted in doubles, which hold them
// exactly.
struct SlimGram {
  const double* begins;    // [items + 1]
  const int32_t* indices;  // [begins[items]]
  const float* values;     // [begins[items]]
  const float* diagonal;   // [items]
  int64_t items;
};

// The begins [items + 1] of those rows; the log X in both orders. Time O(sum over users of nonzeros^2), here and below.
std::vector<double> slim_gram_begins(const CsrView& by_user, const CsrView& by_item, const AbortFlag* abort);

// Fills indices, values and diagonal for these begins; values of null count as 1, sums are in double.
void slim_gram(const CsrView& by_user, const CsrView& by_item, const double* begins, int32_t* indices, float* values,
               float* diagonal, const AbortFlag* abort);

struct SlimOptions {
  double l1 = 0;
  double l2 = 0;
  int64_t neighbors = 100;  // weights kept for an item, the largest
  int iterations = 100;     // sweeps at most, anew whenever the active set has grown
  double tolerance = 1e-4;  // the sweeps end once no weight moves by more than this share of the largest weight
};

struct SlimWeights {
  Csr lists;                  // [end - begin, items]: row j holds the weights that make up the score of item begin + j
  int64_t not_converged = 0;  // items whose weights still moved when the sweeps ended
};

// For each item j of [begin, end) the w >= 0, w_j = 0, that minimises |X_j - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2, by
// cyclic coordinate descent with covariance updates (Friedman, Hastie and Tibshirani 2010, "Regularization paths for
// generalized linear models via coordinate descent", section 2.2) over an active set that grows: sweeps go over those
// items alone that were found to want a weight, and end once the gradients of all others say that none would move by
// more than the tolerance (the KKT conditions that make the screening of Tibshirani et al. 2012, "Strong rules for
// discarding predictors in lasso-type problems", safe). With a support of s items, a sweep takes O(s^2) and a look at
// all gradients O(the pairs of the support), not O(items^2). Memory beyond the Gram matrix: at most 17 MB and 40 bytes
// an item, for each thread. The same bits for any number of threads, and for any ranges.
SlimWeights slim_weights(const SlimGram& gram, int64_t begin, int64_t end, const SlimOptions& options,
                         const AbortFlag* abort);

}  // namespace kindred

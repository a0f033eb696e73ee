// Random walks of three steps over the graph of users and items.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

struct WalkOptions {
  double alpha = 1;         // exponent of every transition probability
  double beta = 0;          // the popularity of the item reached divides by its number of users to this power
  int64_t neighbors = 100;  // kept for each item walked from, then for each item reached
  bool normalize = false;   // rows sum to 1 between those two cuts
};

// [items, items]: from item i back to a user of it and on to item j, P3alpha (Cooper, Lee, Radinsky and Siantos 2014,
// "Random walks in recommender systems", section 4) or, with beta, RP3beta (Paudel, Christoffel, Newell and Bernstein
// 2017, "Updatable, accurate, diverse, and scalable recommendations for interactive applications"), as weights
// for a user's row of the log: sum over users of (1 / users of i)^alpha (weight / sum of the user's
// weights)^alpha, over (users of j)^beta. In the recipe of Ferrari Dacrema et al. 2019: the largest of each row, then
// of each column; nothing leads from an item to itself; ties by item. The log in both orders; values of null count as
// 1, interactions of weight 0 or less for nothing. Time O(sum over users of nonzeros^2); sums are in double, the same
// bits for any number of threads. Throws ERR_VALUE for an option out of range, ERR_TOO_LARGE beyond 2^31 - 1 weights.
Csr walk_weights(const CsrView& by_user, const CsrView& by_item, const WalkOptions& options, const AbortFlag* abort);

}  // namespace kindred

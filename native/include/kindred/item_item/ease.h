// EASE, a linear autoencoder in closed form (Steck 2019, "Embarrassingly shallow autoencoders for sparse data").
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// The lower triangle of X'X + regularization I in gram [items, items], zeros above the diagonal; X [users, items] in
// both orders, values of null count as 1. Sums are in double. Time O(sum over users of nonzeros^2 / 2 + items^2).
void regularized_gram(const CsrView& by_user, const CsrView& by_item, double regularization, Matrix gram,
                      const AbortFlag* abort);

// How far P, of which negated_inverse [items, items] holds minus the lower triangle, is from the inverse of X'X +
// regularization I: the largest element of (X'X + regularization I) P v - v for a fixed v of 1 and -1. Time O(items^2 +
// nonzeros).
double inverse_error(const CsrView& by_user, double regularization, ConstMatrix negated_inverse,
                     const AbortFlag* abort);

// From the lower triangle of minus the inverse P of that Gram matrix, as invert_pivots leaves it, the item-item weights
// of Steck 2019, equation 8, in place: -P[i][j] / P[j][j], 0 on the diagonal. A user's scores are x times them.
void ease_weights(Matrix negated_inverse, const AbortFlag* abort);

}  // namespace kindred

// GF-CF, collaborative filtering by graph filters in closed form (Shen et al. 2021, "How powerful is graph convolution
// for recommendation?").
#pragma once

#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

struct NormalizedLog {
  Csr by_user;                      // [users, items] D_U^-1/2 X D_I^-1/2, 0 where a weight is 0 or less
  std::vector<float> item_degrees;  // [items] D_I, the sum of each item's positive weights
};

// Values of null count as 1. Sums are in double.
NormalizedLog normalize_log(const CsrView& by_user);

// The item-item weights of Shen et al. 2021, section 4.3, in place: the linear filter P, of which gram [items, items]
// holds the lower triangle, plus alpha times the ideal low-pass filter D_I^-1/2 V V' D_I^1/2, V [items, factors] being
// the largest eigenvectors of P. Items of degree 0 take no part in the second.
void graph_filter(Matrix gram, ConstMatrix V, const float* item_degrees, double alpha, const AbortFlag* abort);

}  // namespace kindred

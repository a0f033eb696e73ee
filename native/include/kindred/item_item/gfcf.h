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
NormalizedLog normalize_log(const CsrView& by_user, const AbortFlag* abort);

// The low-pass filter D_I^-1/2 V V' D_I^1/2 as left right', V [items, factors] being the largest eigenvectors of the
// linear filter P = R'R. Items of degree 0 take no part in it.
struct LowPass {
  std::vector<float> left, right;  // [items, factors]
};
LowPass low_pass(ConstMatrix V, const float* item_degrees, const AbortFlag* abort);

// The item-item weights of Shen et al. 2021, section 4.3, in place: the linear filter P, of which gram [items, items]
// holds the lower triangle, plus alpha times the ideal low-pass filter.
void graph_filter(Matrix gram, ConstMatrix V, const float* item_degrees, double alpha, const AbortFlag* abort);

// out [histories.rows, items] = histories (R'R + alpha left right') without those weights: from R, given by user and by
// item, and the two sides [items, factors]. The first part is summed in double.
void graph_scores(const CsrView& histories, const CsrView& by_user, const CsrView& by_item, ConstMatrix left,
                  ConstMatrix right, double alpha, Matrix out, const AbortFlag* abort);

}  // namespace kindred

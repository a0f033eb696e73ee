// The objective of an elastic net, and how far above its minimum it is at most.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kindred/linear/elastic_net.h"

namespace kindred {

// At `weights` of `places`, all others being 0. affine: the gradients by place where there is a Gram matrix, else the
// residual.
inline double objective(const ElasticNetState& s, const ElasticNetSettings& o, const std::vector<int64_t>& places,
                        const std::vector<double>& weights, const double* affine) {
  double l1_norm = 0, square = 0, loss = 0;
  for (size_t n = 0; n < places.size(); ++n) {
    const double w = weights[n];
    l1_norm += std::fabs(w);
    square += w * w;
    // y - Xw = r: r'r = y'y - w'X'y - w'X'r
    if (s.gram) loss -= w * (s.correlations[places[n]] + affine[places[n]]);
  }
  if (s.gram)
    loss += s.target_square;
  else
    for (int64_t r = 0; r < s.rows; ++r) loss += affine[r] * affine[r];
  return 0.5 * loss + o.l1 * l1_norm + 0.5 * o.l2 * square;
}

// The duality gap over the columns at the places at(0), ..., at(count - 1), as scikit-learn has it: of the dual point
// that the residual scales to. No other column has a weight; gradients are those of the weights.
template <class At>
double duality_gap(const ElasticNetState& s, const ElasticNetSettings& o, int64_t count, At at) {
  double dual_norm = 0, l1_norm = 0, square = 0, fitted = 0, products = 0, slopes = 0;
  for (int64_t n = 0; n < count; ++n) {
    const int64_t p = at(n);
    const double w = s.weights[p], gradient = s.gradients[p], slope = gradient - o.l2 * w;
    dual_norm = std::max(dual_norm, o.positive ? slope : std::fabs(slope));
    l1_norm += std::fabs(w);
    square += w * w;
    fitted += w * s.correlations[p];
    products += w * gradient;
    slopes += !o.positive || gradient > 0 ? gradient * gradient : 0;
  }
  // y - Xw = r: r'y = y'y - w'X'y, r'r = r'y - w'X'r
  const double with_target = s.target_square - fitted, residual_square = std::max(with_target - products, 0.0);
  if (o.l1 == 0 && o.l2 > 0) {
    // Ridge: the dual point is the residual itself, r'y - |r|^2 / 2 - |X'r|^2 / (2 l2).
    return 0.5 * residual_square + 0.5 * o.l2 * square - (with_target - 0.5 * residual_square - 0.5 * slopes / o.l2);
  }
  const double share = dual_norm > o.l1 ? o.l1 / dual_norm : 1;
  return 0.5 * (1 + share * share) * residual_square + o.l1 * l1_norm - share * with_target +
         0.5 * o.l2 * (1 + share * share) * square;
}

}  // namespace kindred

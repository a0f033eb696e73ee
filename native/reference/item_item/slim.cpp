#include "reference/item_item/slim.h"

#include <algorithm>

#include "reference/item_item/ease.h"

namespace kindred::reference {

std::vector<double> slim_weights(const CsrView& by_user, double l1, double l2, int sweeps) {
  const int64_t n = by_user.cols;
  const std::vector<double> G = regularized_gram(by_user, 0);
  std::vector<double> W(n * n, 0.0);
  for (int64_t j = 0; j < n; ++j)
    for (int sweep = 0; sweep < sweeps; ++sweep)
      for (int64_t i = 0; i < n; ++i) {
        if (i == j || G[i * n + i] + l2 <= 0) continue;
        double slope = G[i * n + j] - l1;
        for (int64_t k = 0; k < n; ++k)
          if (k != i) slope -= G[i * n + k] * W[k * n + j];
        W[i * n + j] = std::max(slope / (G[i * n + i] + l2), 0.0);
      }
  return W;
}

}  // namespace kindred::reference

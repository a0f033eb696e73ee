#include "reference/linalg/svd.h"

#include <algorithm>
#include <cmath>

#include "reference/item_item/ease.h"
#include "reference/linalg/eigen.h"

namespace kindred::reference {

Svd svd(const CsrView& a) {
  const int64_t n = a.cols;
  const SymmetricEigen eigen = symmetric_eigen(regularized_gram(a, 0), n);
  Svd out{std::vector<double>(n), std::vector<double>(n * n)};
  for (int64_t k = 0; k < n; ++k) {
    out.values[k] = std::sqrt(std::max(eigen.values[k], 0.0));
    for (int64_t i = 0; i < n; ++i) out.vectors[i * n + k] = eigen.vectors[k * n + i];
  }
  return out;
}

}  // namespace kindred::reference

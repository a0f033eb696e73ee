#include "reference/item_item/ease.h"

#include "reference/linalg/normal_equations.h"

namespace kindred::reference {

std::vector<double> regularized_gram(const CsrView& by_user, double regularization) {
  const int64_t n = by_user.cols;
  std::vector<double> out(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i) out[i * n + i] = regularization;
  const auto value = [&](int32_t at) { return by_user.values ? static_cast<double>(by_user.values[at]) : 1.0; };
  for (int64_t u = 0; u < by_user.rows; ++u)
    for (int32_t a = by_user.indptr[u]; a < by_user.indptr[u + 1]; ++a)
      for (int32_t b = by_user.indptr[u]; b < by_user.indptr[u + 1]; ++b)
        out[by_user.indices[a] * n + by_user.indices[b]] += value(a) * value(b);
  return out;
}

std::vector<double> ease_weights(const std::vector<double>& gram, int64_t items) {
  std::vector<double> identity(items * items, 0.0);
  for (int64_t i = 0; i < items; ++i) identity[i * items + i] = 1;
  const std::vector<double> P = solve(gram, items, identity, items);
  std::vector<double> out(items * items, 0.0);
  for (int64_t i = 0; i < items; ++i)
    for (int64_t j = 0; j < items; ++j)
      if (i != j) out[i * items + j] = -P[i * items + j] / P[j * items + j];
  return out;
}

}  // namespace kindred::reference

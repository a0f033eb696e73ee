#include "reference/item_item/random_walk.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kindred::reference {
namespace {

// Zeroes all but the `count` largest of n numbers `step` apart; ties by place. Numbers are compared as floats, as they
// are stored.
void keep_largest(double* values, int64_t n, int64_t step, int64_t count) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return static_cast<float>(values[a * step]) > static_cast<float>(values[b * step]);
  });
  for (int64_t place = count; place < n; ++place) values[order[place] * step] = 0;
}

}  // namespace

Csr walk_weights(const CsrView& by_user, const WalkOptions& options) {
  const int64_t users = by_user.rows, items = by_user.cols;
  std::vector<double> X(users * items, 0.0), W(items * items, 0.0);
  for (int64_t u = 0; u < users; ++u)
    for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n)
      X[u * items + by_user.indices[n]] = std::max(by_user.values ? by_user.values[n] : 1.0f, 0.0f);
  std::vector<double> sum(users, 0.0), degree(items, 0.0);
  for (int64_t u = 0; u < users; ++u)
    for (int64_t i = 0; i < items; ++i) {
      sum[u] += X[u * items + i];
      degree[i] += X[u * items + i] > 0;
    }
  for (int64_t i = 0; i < items; ++i)
    for (int64_t j = 0; j < items; ++j) {
      if (i == j) continue;
      for (int64_t u = 0; u < users; ++u)
        if (X[u * items + i] > 0 && X[u * items + j] > 0)
          W[i * items + j] += std::pow(1 / degree[i], options.alpha) *
                              std::pow(X[u * items + j] / sum[u], options.alpha) * std::pow(degree[j], -options.beta);
    }
  for (int64_t i = 0; i < items; ++i) {
    double* row = W.data() + i * items;
    keep_largest(row, items, 1, options.neighbors);
    const double total = std::accumulate(row, row + items, 0.0);
    if (options.normalize && total > 0)
      for (int64_t j = 0; j < items; ++j) row[j] /= total;
  }
  for (int64_t j = 0; j < items; ++j) keep_largest(W.data() + j, items, items, options.neighbors);

  Csr out;
  out.rows = out.cols = items;
  out.indptr.push_back(0);
  for (int64_t i = 0; i < items; ++i) {
    for (int64_t j = 0; j < items; ++j)
      if (W[i * items + j] > 0) {
        out.indices.push_back(static_cast<int32_t>(j));
        out.values.push_back(static_cast<float>(W[i * items + j]));
      }
    out.indptr.push_back(static_cast<int32_t>(out.indices.size()));
  }
  return out;
}

}  // namespace kindred::reference

#include "reference/item_item/gfcf.h"

#include <algorithm>
#include <cmath>

#include "reference/linalg/eigen.h"

namespace kindred::reference {
namespace {

std::vector<double> dense(const CsrView& by_user) {
  std::vector<double> X(by_user.rows * by_user.cols, 0.0);
  for (int64_t u = 0; u < by_user.rows; ++u)
    for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n)
      X[u * by_user.cols + by_user.indices[n]] = by_user.values ? std::max(by_user.values[n], 0.0f) : 1.0f;
  return X;
}

}  // namespace

std::vector<double> normalize_log(const CsrView& by_user) {
  const int64_t users = by_user.rows, items = by_user.cols;
  const std::vector<double> X = dense(by_user);
  std::vector<double> out(X.size(), 0.0);
  for (int64_t u = 0; u < users; ++u)
    for (int64_t i = 0; i < items; ++i) {
      double row = 0, column = 0;
      for (int64_t j = 0; j < items; ++j) row += X[u * items + j];
      for (int64_t v = 0; v < users; ++v) column += X[v * items + i];
      if (X[u * items + i] > 0) out[u * items + i] = X[u * items + i] / std::sqrt(row * column);
    }
  return out;
}

std::vector<double> graph_filter(const CsrView& by_user, int64_t factors, double alpha) {
  const int64_t users = by_user.rows, items = by_user.cols;
  const std::vector<double> X = dense(by_user), R = reference::normalize_log(by_user);
  std::vector<double> P(items * items, 0.0), degrees(items, 0.0);
  for (int64_t u = 0; u < users; ++u)
    for (int64_t i = 0; i < items; ++i) {
      degrees[i] += X[u * items + i];
      for (int64_t j = 0; j < items; ++j) P[i * items + j] += R[u * items + i] * R[u * items + j];
    }
  const SymmetricEigen eigen = symmetric_eigen(P, items);
  for (int64_t i = 0; i < items; ++i)
    for (int64_t j = 0; j < items; ++j)
      for (int64_t f = 0; f < factors; ++f)
        if (degrees[i] > 0)
          P[i * items + j] +=
              alpha * eigen.vectors[f * items + i] * eigen.vectors[f * items + j] * std::sqrt(degrees[j] / degrees[i]);
  return P;
}

}  // namespace kindred::reference

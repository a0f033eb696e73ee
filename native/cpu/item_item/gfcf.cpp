#include "kindred/item_item/gfcf.h"

#include <algorithm>
#include <cmath>

#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {

NormalizedLog normalize_log(const CsrView& by_user, const AbortFlag* abort) {
  const auto weight = [&](int32_t n) { return by_user.values ? std::max(0.0, double{by_user.values[n]}) : 1.0; };
  std::vector<double> users(by_user.rows, 0.0), items(by_user.cols, 0.0);
  Poll poll(abort);
  for (int64_t u = 0; u < by_user.rows; ++u) {
    poll(by_user.indptr[u + 1] - by_user.indptr[u] + 1);
    for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n) {
      users[u] += weight(n);
      items[by_user.indices[n]] += weight(n);
    }
  }
  NormalizedLog out;
  out.by_user.rows = by_user.rows;
  out.by_user.cols = by_user.cols;
  out.by_user.indptr.assign(by_user.indptr, by_user.indptr + by_user.rows + 1);
  out.by_user.indices.assign(by_user.indices, by_user.indices + by_user.nonzeros());
  out.by_user.values.resize(by_user.nonzeros());
  for (int64_t u = 0; u < by_user.rows; ++u) {
    poll(by_user.indptr[u + 1] - by_user.indptr[u] + 1);
    for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n)
      if (weight(n) > 0)
        out.by_user.values[n] = static_cast<float>(weight(n) / std::sqrt(users[u] * items[by_user.indices[n]]));
  }
  out.item_degrees.assign(items.begin(), items.end());
  return out;
}

LowPass low_pass(ConstMatrix V, const float* item_degrees, const AbortFlag* abort) {
  const int64_t items = V.rows, factors = V.cols;
  LowPass out{std::vector<float>(items * factors), std::vector<float>(items * factors)};
  Poll poll(abort);
  for (int64_t i = 0; i < items; ++i) {
    poll(factors + 1);
    const double root = std::sqrt(item_degrees[i]);
    for (int64_t f = 0; f < factors; ++f) {
      out.left[i * factors + f] = root > 0 ? static_cast<float>(V.row(i)[f] / root) : 0.0f;
      out.right[i * factors + f] = static_cast<float>(V.row(i)[f] * root);
    }
  }
  return out;
}

void graph_filter(Matrix gram, ConstMatrix V, const float* item_degrees, double alpha, const AbortFlag* abort) {
  if (gram.rows != gram.cols || V.rows != gram.rows)
    fail_shape("graph_filter: expected [items, items] and [items, k].");
  constexpr int64_t kTile = 64;
  const int64_t items = gram.rows, factors = V.cols;
  parallel_for(items, kTile, abort, [&](int64_t begin, int64_t end) {  // the upper triangle
    for (int64_t j0 = 0; j0 < end; j0 += kTile)
      for (int64_t i = begin; i < end; ++i)
        for (int64_t j = j0; j < std::min(j0 + kTile, i); ++j) gram.row(j)[i] = gram.row(i)[j];
  });
  const LowPass sides = low_pass(V, item_degrees, abort);
  gemm(static_cast<float>(alpha), ConstMatrix(sides.left.data(), items, factors),
       Strided(ConstMatrix(sides.right.data(), items, factors)).transposed(), gram, GemmRegion::full, abort);
}

}  // namespace kindred

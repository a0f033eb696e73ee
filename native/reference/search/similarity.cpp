#include "reference/search/similarity.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

double score(const float* a, const float* b, int64_t dims, Metric metric) {
  double product = 0, a_squares = 0, b_squares = 0, distance = 0;
  for (int64_t d = 0; d < dims; ++d) {
    const double x = a[d], y = b[d];
    product += x * y;
    a_squares += x * x;
    b_squares += y * y;
    distance += (x - y) * (x - y);
  }
  if (metric == Metric::dot) return product;
  if (metric == Metric::euclidean) return -std::sqrt(distance);
  if (!std::isfinite(a_squares) || !std::isfinite(b_squares)) return NAN;
  return a_squares == 0 || b_squares == 0 ? 0 : product / (std::sqrt(a_squares) * std::sqrt(b_squares));
}

bool may_list(const ItemFilter& filter, int64_t query, int64_t item, int64_t items) {
  if (filter.allow) {
    const uint8_t* bitmap = filter.allow + (filter.allow_shared ? 0 : query * ((items + 7) / 8));
    if (!(bitmap[item / 8] >> (item % 8) & 1)) return false;
  }
  if (!filter.exclude) return true;
  const int32_t* indices = filter.exclude->indices;
  const int32_t *begin = indices + filter.exclude->indptr[query], *end = indices + filter.exclude->indptr[query + 1];
  return !std::binary_search(begin, end, item);
}

}  // namespace

std::vector<int32_t> listed(ConstMatrix scores, int64_t query, const ItemFilter& filter) {
  std::vector<int32_t> items;
  const float* row = scores.row(query);
  for (int64_t i = 0; i < scores.cols; ++i)
    if (may_list(filter, query, i, scores.cols) && !std::isnan(row[i])) items.push_back(static_cast<int32_t>(i));
  std::stable_sort(items.begin(), items.end(), [&](int32_t i, int32_t j) { return row[i] > row[j]; });
  return items;
}

std::vector<float> similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric) {
  std::vector<float> out;
  for (int64_t q = 0; q < a.rows; ++q)
    for (int64_t i = 0; i < b.rows; ++i) out.push_back(static_cast<float>(score(a.row(q), b.row(i), a.cols, metric)));
  return out;
}

Lists top_k_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter) {
  Lists lists;
  for (int64_t q = 0; q < scores.rows; ++q) {
    const auto items = listed(scores, q, filter);
    for (int64_t n = 0; n < k; ++n) {
      const bool filled = n < static_cast<int64_t>(items.size());
      lists.indices.push_back(filled ? items[n] : -1);
      lists.scores.push_back(filled ? scores.row(q)[items[n]] : NAN);
    }
  }
  return lists;
}

}  // namespace kindred::reference

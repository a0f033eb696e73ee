#include "reference/evaluate/lists.h"

#include <algorithm>
#include <cmath>

#include "reference/search/similarity.h"

namespace kindred::reference {
namespace {

// Of the items above an item's score, and of those equal to it.
struct Place {
  double before = 0, tied = 0;
};

Place place_of(const float* row, const std::vector<int32_t>& items, int32_t item) {
  Place place;
  for (const int32_t other : items) {
    place.before += row[other] > row[item];
    place.tied += row[other] == row[item];
  }
  return place;
}

// That the first k hold an item.
double listed_probability(const Place& place, double k) {
  return std::clamp((k - place.before) / place.tied, 0.0, 1.0);
}

// That the first k hold both of two items of the same score: places draw without replacement.
double both_probability(const Place& place, double k) {
  const double places = std::clamp(k - place.before, 0.0, place.tied);
  return places / place.tied * (places - 1) / (place.tied - 1);
}

std::vector<double> vector_of(const ItemVectors& vectors, int64_t item) {
  std::vector<double> out(vectors.cols(), 0.0);
  if (vectors.dense) {
    std::copy_n(vectors.dense->row(item), vectors.cols(), out.begin());
    return out;
  }
  const CsrView& csr = *vectors.sparse;
  for (int32_t n = csr.indptr[item]; n < csr.indptr[item + 1]; ++n)
    out[csr.indices[n]] = csr.values ? csr.values[n] : 1;
  return out;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t d = 0; d < a.size(); ++d) {
    dot += a[d] * b[d];
    aa += a[d] * a[d];
    bb += b[d] * b[d];
  }
  return aa == 0 || bb == 0 ? 0 : dot / std::sqrt(aa * bb);
}

}  // namespace

ListMeasures measure_lists(ConstMatrix scores, const ItemFilter& filter, int64_t k, const std::vector<double>& values,
                           int64_t value_count) {
  ListMeasures out;
  out.misses.assign(scores.cols, 1.0);
  out.exposures.assign(scores.cols, 0.0);
  out.sums.assign(scores.rows * value_count, 0.0);
  for (int64_t q = 0; q < scores.rows; ++q) {
    const auto items = listed(scores, q, filter);
    for (const int32_t item : items) {
      const double share = listed_probability(place_of(scores.row(q), items, item), static_cast<double>(k));
      out.misses[item] *= 1 - share;
      out.exposures[item] += share;
      for (int64_t v = 0; v < value_count; ++v) out.sums[q * value_count + v] += share * values[v * scores.cols + item];
    }
  }
  return out;
}

std::vector<double> pair_similarities(ConstMatrix scores, const ItemFilter& filter, int64_t k,
                                      const ItemVectors& vectors) {
  std::vector<double> out(scores.rows, 0.0);
  const auto length = static_cast<double>(k);
  for (int64_t q = 0; q < scores.rows; ++q) {
    const float* row = scores.row(q);
    const auto items = listed(scores, q, filter);
    for (const int32_t a : items)
      for (const int32_t b : items) {
        if (a >= b) continue;
        const Place at = place_of(row, items, a), other = place_of(row, items, b);
        const double both = row[a] == row[b] ? both_probability(at, length)
                                             : listed_probability(at, length) * listed_probability(other, length);
        if (both > 0) out[q] += both * cosine(vector_of(vectors, a), vector_of(vectors, b));
      }
  }
  return out;
}

}  // namespace kindred::reference

#include "reference/evaluate/ranks.h"

#include <algorithm>

#include "reference/search/similarity.h"

namespace kindred::reference {

Ranks rank_items(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter) {
  Ranks out;
  for (int64_t q = 0; q < scores.rows; ++q) {
    const auto items = listed(scores, q, filter);
    const float* row = scores.row(q);
    out.eligible.push_back(static_cast<int32_t>(items.size()));
    for (int32_t n = relevant.indptr[q]; n < relevant.indptr[q + 1]; ++n) {
      const int32_t item = relevant.indices[n];
      const bool ranked = std::find(items.begin(), items.end(), item) != items.end();
      int32_t before = 0, tied = 0;
      for (const int32_t other : items) {
        before += row[other] > row[item];
        tied += row[other] == row[item];
      }
      out.before.push_back(ranked ? before : -1);
      out.tied.push_back(ranked ? tied : 0);
    }
  }
  return out;
}

}  // namespace kindred::reference

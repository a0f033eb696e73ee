#include "kindred/evaluate/ranks.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/evaluate/each_eligible.h"
#include "cpu/search/panel_search.h"
#include "kindred/runtime/error.h"

namespace kindred {

void rank_items(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter, Ranks out,
                const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  if (relevant.rows != scores.rows || relevant.cols != scores.cols)
    fail_shape("relevant: expected [" + std::to_string(scores.rows) + ", " + std::to_string(scores.cols) +
               "] but received [" + std::to_string(relevant.rows) + ", " + std::to_string(relevant.cols) + "].");
  const int64_t panels = panel_count(scores.cols);
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> levels;                   // the distinct scores of relevant items that are eligible, best first
    std::vector<int32_t> between, tied, before;  // [level]: items between it and the level before; equal; above
    for (int64_t q = begin; q < end; ++q) {
      if (aborted(abort)) fail_aborted();
      const float* row = scores.row(q);
      EligibleItems eligible(filter, q, scores.cols, 0);
      uint64_t mask = 0;
      int64_t masked = -1;
      levels.clear();
      for (int32_t n = relevant.indptr[q]; n < relevant.indptr[q + 1]; ++n) {
        const int32_t item = relevant.indices[n];
        if (item / kPanel != masked) mask = eligible.mask(masked = item / kPanel);
        const bool ranked = (mask >> (item % kPanel) & 1) && !std::isnan(row[item]);
        out.before[n] = ranked ? 0 : -1;
        out.tied[n] = 0;
        if (ranked) levels.push_back(row[item]);
      }
      std::sort(levels.begin(), levels.end(), std::greater<>());
      levels.erase(std::unique(levels.begin(), levels.end()), levels.end());

      between.assign(levels.size() + 1, 0);
      tied.assign(levels.size() + 1, 0);
      int32_t count = 0;
      each_eligible(scores, q, filter, 0, panels, [&](int64_t, float score) {
        ++count;
        const auto at = std::lower_bound(levels.begin(), levels.end(), score, std::greater<>());
        auto& counts = at != levels.end() && *at == score ? tied : between;
        ++counts[at - levels.begin()];
      });
      out.eligible[q] = count;
      before.assign(levels.size(), 0);
      int32_t above = 0;
      for (size_t level = 0; level < levels.size(); ++level) {
        before[level] = above += between[level];
        above += tied[level];
      }
      for (int32_t n = relevant.indptr[q]; n < relevant.indptr[q + 1]; ++n) {
        if (out.before[n] < 0) continue;
        const auto level =
            std::lower_bound(levels.begin(), levels.end(), row[relevant.indices[n]], std::greater<>()) - levels.begin();
        out.before[n] = before[level];
        out.tied[n] = tied[level];
      }
    }
  });
}

}  // namespace kindred

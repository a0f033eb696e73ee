#include "kindred/evaluate/lists.h"

#include <algorithm>
#include <vector>

#include "cpu/evaluate/check_lengths.h"
#include "cpu/evaluate/each_eligible.h"
#include "cpu/evaluate/list_cuts.h"
#include "cpu/search/panel_search.h"
#include "kindred/runtime/poll.h"

namespace kindred {

void measure_lists(ConstMatrix scores, const ItemFilter& filter, const int32_t* lengths, int64_t length_count,
                   const double* values, int64_t value_count, ListTotals totals, double* sums, const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  check_lengths(lengths, length_count);
  if (length_count == 0) return;
  const int64_t panels = panel_count(scores.cols), items = scores.cols;
  std::vector<ListCut> cuts(scores.rows * length_count);
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      if (aborted(abort)) fail_aborted();
      ListCut* own = cuts.data() + q * length_count;
      find_cuts(scores, q, filter, lengths, length_count, own);
      double* out = sums + q * length_count * value_count;
      std::fill_n(out, length_count * value_count, 0.0);
      if (value_count == 0) continue;
      each_eligible(scores, q, filter, 0, panels, [&](int64_t item, float score) {
        for (int64_t n = 0; n < length_count; ++n) {
          if (score < own[n].threshold) continue;
          const double share = own[n].listed(score);
          for (int64_t v = 0; v < value_count; ++v) out[n * value_count + v] += share * values[v * items + item];
        }
      });
    }
  });
  parallel_for(panels, 8, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t q = 0; q < scores.rows; ++q, poll((end - begin) * kPanel))
      each_eligible(scores, q, filter, begin, end, [&](int64_t item, float score) {
        for (int64_t n = 0; n < length_count; ++n) {
          const ListCut& cut = cuts[q * length_count + n];
          if (score < cut.threshold) continue;
          const double share = cut.listed(score);
          totals.misses[n * items + item] *= 1 - share;
          totals.exposures[n * items + item] += share;
        }
      });
  });
}

}  // namespace kindred

#include "cpu/evaluate/list_cuts.h"

#include <algorithm>
#include <cmath>

#include "cpu/evaluate/each_eligible.h"
#include "cpu/search/best_list.h"
#include "cpu/search/metric_rows.h"

namespace kindred {

void find_cuts(ConstMatrix scores, int64_t query, const ItemFilter& filter, const int32_t* lengths, int64_t count,
               ListCut* cuts) {
  const int64_t panels = panel_count(scores.cols);
  const int64_t longest = std::min<int64_t>(*std::max_element(lengths, lengths + count), scores.cols);
  BestList best(longest);
  each_eligible(scores, query, filter, 0, panels, [&](int64_t item, float score) {
    best.push({score, static_cast<int32_t>(item)});
  });
  std::vector<Scored> entries = best.take();
  std::sort(entries.begin(), entries.end(), better);
  const int64_t listed = static_cast<int64_t>(entries.size());
  for (int64_t n = 0; n < count; ++n) cuts[n] = {lengths[n] > listed ? -INFINITY : entries[lengths[n] - 1].score, 0, 0};
  each_eligible(scores, query, filter, 0, panels, [&](int64_t, float score) {
    for (int64_t n = 0; n < count; ++n) cuts[n].tied += score == cuts[n].threshold;
  });
  for (int64_t n = 0; n < count; ++n) {
    const auto is_above = [&](const Scored& entry) { return entry.score > cuts[n].threshold; };
    const int64_t above = std::partition_point(entries.begin(), entries.end(), is_above) - entries.begin();
    cuts[n].places = lengths[n] > listed ? cuts[n].tied : lengths[n] - above;
  }
}

}  // namespace kindred

// The walk of exact top-k over packed panels: scores live for one panel at a time.
#pragma once

#include <string>
#include <vector>

#include "cpu/best_list.h"
#include "cpu/eligible.h"
#include "cpu/panels.h"
#include "kindred/error.h"

namespace kindred {

inline void check_filter(const ItemFilter& filter, int64_t queries, int64_t items) {
  if (filter.exclude && (filter.exclude->rows != queries || filter.exclude->cols != items))
    fail_shape("exclude: expected [" + std::to_string(queries) + ", " + std::to_string(items) + "] but received [" +
               std::to_string(filter.exclude->rows) + ", " + std::to_string(filter.exclude->cols) + "].");
}

// `panels(p, buffer)` gives panel p, which it may make in `buffer` [kPanel * dims]; `present(p)` masks the items of
// panel p that any query may list; what is `ahead` floats after a panel is worth fetching (0: nothing).
//
// Many queries: a chunk is a band of them over the whole catalogue. Few: the catalogue is cut too, and the lists of its
// slices are merged, which gives the same lists since the order is total.
template <class Panels, class Present>
void search_panels(const QueryScorer& scorer, int64_t items, int64_t k, const ItemFilter& filter, const Panels& panels,
                   const Present& present, int64_t ahead, TopK out, const AbortFlag* abort) {
  constexpr int64_t kBand = 48;           // queries that share a panel
  constexpr int64_t kMinimumPanels = 64;  // a slice of the catalogue worth a thread of its own
  const Kernels& k_ = kernels();
  const int64_t queries = scorer.queries(), count = panel_count(items), kept = std::min(k, items);
  const int64_t bands = (queries + kBand - 1) / kBand;
  const int64_t wanted_chunks = thread_count() > 1 ? 2 * thread_count() : 1;
  const int64_t slices = std::max<int64_t>(
      1, std::min((count + kMinimumPanels - 1) / kMinimumPanels, bands == 0 ? 1 : wanted_chunks / bands));
  std::vector<std::vector<BestList>> lists(slices, std::vector<BestList>(queries, BestList(kept)));

  parallel_for(bands * slices, 1, abort, [&](int64_t chunk, int64_t) {
    const int64_t slice = chunk % slices, begin = chunk / slices * kBand, end = std::min(begin + kBand, queries);
    const int64_t first_panel = count * slice / slices, last_panel = count * (slice + 1) / slices;
    std::vector<float> buffer(ahead == 0 ? kPanel * scorer.dims() : 0), scores((end - begin) * kPanel);
    std::vector<EligibleItems> eligible;
    for (int64_t q = begin; q < end; ++q) eligible.emplace_back(filter, q, items, first_panel);
    std::vector<float> thresholds(end - begin, BestList(kept).threshold());
    std::vector<uint64_t> masks(end - begin);
    for (int64_t p = first_panel; p < last_panel; ++p) {
      if (aborted(abort)) fail_aborted();
      scorer.score(begin, end, panels(p, buffer.data()), ahead, scores.data());
      k_.beyond(scores.data(), thresholds.data(), end - begin, masks.data());
      for (int64_t n = 0; n < end - begin; ++n) {
        if (masks[n] == 0) continue;
        BestList& list = lists[slice][begin + n];
        list.offer(scores.data() + n * kPanel, p * kPanel, masks[n] & eligible[n].mask(p) & present(p));
        thresholds[n] = list.threshold();
      }
    }
  });

  parallel_for(queries, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      BestList merged(kept);
      for (const auto& slice : lists)
        for (const Scored& entry : slice[q].entries()) merged.push(entry);
      merged.write(out.indices + q * k, out.scores + q * k);
      std::fill(out.indices + q * k + kept, out.indices + (q + 1) * k, -1);
      std::fill(out.scores + q * k + kept, out.scores + (q + 1) * k, NAN);
    }
  });
}

}  // namespace kindred

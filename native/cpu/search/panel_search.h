// The walk of exact top-k over packed panels: scores live for one panel at a time.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cpu/search/best_list.h"
#include "cpu/search/eligible_items.h"
#include "cpu/search/metric_rows.h"
#include "kindred/runtime/error.h"

namespace kindred {

inline void check_filter(const ItemFilter& filter, int64_t queries, int64_t items) {
  if (filter.exclude && (filter.exclude->rows != queries || filter.exclude->cols != items))
    fail_shape("exclude: expected [" + std::to_string(queries) + ", " + std::to_string(items) + "] but received [" +
               std::to_string(filter.exclude->rows) + ", " + std::to_string(filter.exclude->cols) + "].");
}

// How a search is cut: bands of queries, whose packed words stay in L2 while panels pass, by slices of the catalogue.
struct SearchCut {
  int64_t bands, slices;

  SearchCut(int64_t queries, int64_t bytes_of_query, int64_t panels, int64_t kept) {
    constexpr int64_t kBandBytes = 256 << 10;
    constexpr int64_t kLeastBand = 24, kMostBand = 1024;
    constexpr int64_t kMinimumPanels = 64;          // a slice of the catalogue worth a thread of its own
    constexpr int64_t kBytesOfLists = 256ll << 20;  // that the slices of all queries may hold before they are merged
    const int64_t band = std::clamp(kBandBytes / std::max<int64_t>(bytes_of_query, 1), kLeastBand, kMostBand);
    const int64_t wanted_chunks = thread_count() > 1 ? 4 * thread_count() : 1;
    const auto wanted_with = [&](int64_t parts) { return (wanted_chunks + parts - 1) / parts; };
    const int64_t bytes_of_list = 2 * std::max<int64_t>(kept, 1) * static_cast<int64_t>(sizeof(Scored));
    const int64_t most_slices =
        std::min(panels / kMinimumPanels, kBytesOfLists / bytes_of_list / std::max<int64_t>(queries, 1));
    bands = (queries + band - 1) / band;
    slices = bands == 0 ? 1 : std::clamp<int64_t>(wanted_with(bands), 1, std::max<int64_t>(1, most_slices));
    // Where lists are too long for as many slices, threads share the queries.
    bands = std::max(bands, std::min(wanted_with(slices), queries / kLeastBand));
  }
};

// The best threshold that any slice of the catalogue has reached for a query: the merged list cannot hold a score below
// the worst of a full list of one slice.
class SharedThresholds {
 public:
  SharedThresholds(int64_t queries, bool shared) : best_(shared ? queries : 0) {
    for (auto& score : best_) score.store(-INFINITY, std::memory_order_relaxed);
  }

  // The threshold that query q's list may use, whose own is `own`.
  float exchange(int64_t q, float own) {
    if (best_.empty()) return own;
    float known = best_[q].load(std::memory_order_relaxed);
    while (own > known && !best_[q].compare_exchange_weak(known, own, std::memory_order_relaxed)) {
    }
    // A tie with another slice's worst may still enter, by its row.
    if (known == -INFINITY || own >= known) return own;
    return next_below(known);
  }

 private:
  std::vector<std::atomic<float>> best_;  // [queries]; empty where there is one slice
};

// make_band(begin, end) gives what scores these queries: F32Band or another of its interface; score_panel(band, p)
// scores panel p; present(p) masks the items of panel p that any query may list. The lists of slices are merged, which
// gives the same lists however the search is cut, since the order is total. Where there is one slice, lists last no
// longer than their band.
template <class MakeBand, class ScorePanel, class Present>
void search_panels(int64_t queries, int64_t bytes_of_query, int64_t items, int64_t k, const ItemFilter& filter,
                   const MakeBand& make_band, const ScorePanel& score_panel, const Present& present, TopK out,
                   const AbortFlag* abort) {
  const int64_t count = panel_count(items), kept = std::min(k, items);
  const SearchCut cut(queries, bytes_of_query, count, kept);
  const bool one_slice = cut.slices == 1;
  std::vector<std::vector<BestList>> lists(one_slice ? 0 : cut.slices,
                                           std::vector<BestList>(one_slice ? 0 : queries, BestList(kept)));
  const auto write = [&](int64_t q, BestList& list) {
    list.write(out.indices + q * k, out.scores + q * k);
    std::fill(out.indices + q * k + kept, out.indices + (q + 1) * k, -1);
    std::fill(out.scores + q * k + kept, out.scores + (q + 1) * k, NAN);
  };
  SharedThresholds thresholds(queries, cut.slices > 1);

  parallel_for(cut.bands * cut.slices, 1, abort, [&](int64_t chunk, int64_t) {
    const int64_t slice = chunk / cut.bands, n_band = chunk % cut.bands;
    const int64_t begin = queries * n_band / cut.bands, end = queries * (n_band + 1) / cut.bands;
    const int64_t first_panel = count * slice / cut.slices, last_panel = count * (slice + 1) / cut.slices;
    auto band = make_band(begin, end);
    std::vector<BestList> own(end - begin, BestList(kept));
    std::vector<EligibleItems> eligible;
    for (int64_t q = begin; q < end; ++q) {
      eligible.emplace_back(filter, q, items, first_panel);
      band.set_threshold(q - begin, thresholds.exchange(q, own[q - begin].threshold()));
    }
    for (int64_t p = first_panel; p < last_panel; ++p) {
      if (aborted(abort)) fail_aborted();
      score_panel(band, p);
      for (int64_t n = 0; n < end - begin; ++n) {
        if (band.mask(n) == 0) continue;
        band.offer(n, band.mask(n) & eligible[n].mask(p) & present(p), p * kPanel, own[n]);
        band.set_threshold(n, thresholds.exchange(begin + n, own[n].threshold()));
      }
    }
    for (int64_t n = 0; n < end - begin; ++n) {
      if (aborted(abort)) fail_aborted();
      band.finish(n, own[n]);
      if (one_slice)
        write(begin + n, own[n]);
      else
        lists[slice][begin + n] = std::move(own[n]);
    }
  });
  if (one_slice) return;

  parallel_for(queries, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      if (aborted(abort)) fail_aborted();
      BestList merged(kept);
      for (const auto& slice : lists)
        for (const Scored& entry : slice[q].entries()) merged.push(entry);
      write(q, merged);
    }
  });
}

}  // namespace kindred

// Fused exact top-k from vectors, and lists from scores.
#include <string>

#include "cpu/search/f32_band.h"
#include "cpu/search/panel_search.h"
#include "kindred/runtime/poll.h"

namespace kindred {

void top_k(ConstMatrix queries, ConstMatrix items, Metric metric, int64_t k, const ItemFilter& filter, TopK out,
           const AbortFlag* abort) {
  if (queries.cols != items.cols)
    fail_shape("expected queries of " + std::to_string(items.cols) + " dimensions but received " +
               std::to_string(queries.cols) + ".");
  check_filter(filter, queries.rows, items.rows);
  const MetricRows query_rows(queries, metric, abort), item_rows(items, metric, abort);
  const auto all = [](int64_t) { return ~uint64_t{0}; };
  const int64_t bytes_of_query = queries.cols * static_cast<int64_t>(sizeof(float));
  if (queries.rows == 1 && metric != Metric::cosine) {  // packing costs more than these scores
    search_panels(
        1, bytes_of_query, items.rows, k, filter,
        [&](int64_t begin, int64_t end) { return F32Band(query_rows, begin, end, metric); },
        [&](F32Band& band, int64_t p) {
          const float* rows[kPanel];
          const int64_t first = p * kPanel, count = std::min(kPanel, items.rows - first);
          for (int64_t i = 0; i < count; ++i) rows[i] = items.row(first + i);
          band.score_rows(rows, count);
        },
        all, out, abort);
    return;
  }
  struct PackingBand : F32Band {
    using F32Band::F32Band;
    std::vector<uint32_t> panel;
  };
  search_panels(
      queries.rows, bytes_of_query, items.rows, k, filter,
      [&](int64_t begin, int64_t end) {
        PackingBand band(query_rows, begin, end, metric);
        band.panel.resize(kPanel * items.cols);
        return band;
      },
      [&](PackingBand& band, int64_t p) {
        item_rows.pack_panel(p * kPanel, band.panel.data());
        band.score(band.panel.data(), 0);
      },
      all, out, abort);
}

void top_k_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  const Kernels& k_ = kernels();
  const int64_t kept = std::min(k, scores.cols);
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    float padded[kPanel];  // the last panel may end early
    for (int64_t q = begin; q < end; ++q) {
      if (aborted(abort)) fail_aborted();
      BestList list(kept);
      EligibleItems eligible(filter, q, scores.cols, 0);
      for (int64_t p = 0; p < panel_count(scores.cols); ++p) {
        const int64_t first = p * kPanel, count = std::min(kPanel, scores.cols - first);
        const float* panel = scores.row(q) + first;
        if (count < kPanel) {
          std::fill(std::copy_n(panel, count, padded), padded + kPanel, 0.0f);
          panel = padded;
        }
        const float threshold = list.threshold();
        uint64_t mask = 0;
        k_.beyond(panel, &threshold, 1, &mask);
        if (mask == 0) continue;
        for (mask &= eligible.mask(p); mask != 0; mask &= mask - 1) {
          const int i = std::countr_zero(mask);
          list.push({panel[i], static_cast<int32_t>(first + i)});
        }
      }
      list.write(out.indices + q * k, out.scores + q * k);
      std::fill(out.indices + q * k + kept, out.indices + (q + 1) * k, -1);
      std::fill(out.scores + q * k + kept, out.scores + (q + 1) * k, NAN);
    }
  });
}

}  // namespace kindred

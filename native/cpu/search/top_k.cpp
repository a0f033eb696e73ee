// Fused exact top-k from vectors, and lists and ranks from scores.
#include <string>

#include "cpu/search/f32_band.h"
#include "cpu/search/panel_search.h"

namespace kindred {

void top_k(ConstMatrix queries, ConstMatrix items, Metric metric, int64_t k, const ItemFilter& filter, TopK out,
           const AbortFlag* abort) {
  if (queries.cols != items.cols)
    fail_shape("expected queries of " + std::to_string(items.cols) + " dimensions but received " +
               std::to_string(queries.cols) + ".");
  check_filter(filter, queries.rows, items.rows);
  const MetricRows query_rows(queries, metric, abort), item_rows(items, metric, abort);
  struct PackingBand : F32Band {
    using F32Band::F32Band;
    std::vector<float> panel;
  };
  search_panels(
      queries.rows, queries.cols * static_cast<int64_t>(sizeof(float)), items.rows, k, filter,
      [&](int64_t begin, int64_t end) {
        PackingBand band(query_rows, begin, end, metric);
        band.panel.resize(kPanel * items.cols);
        return band;
      },
      [&](PackingBand& band, int64_t p) {
        item_rows.pack_panel(p * kPanel, band.panel.data());
        band.score(band.panel.data(), 0);
      },
      [](int64_t) { return ~uint64_t{0}; }, out, abort);
}

void top_k_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  const Kernels& k_ = kernels();
  const int64_t kept = std::min(k, scores.cols);
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    float padded[kPanel];  // the last panel may end early
    for (int64_t q = begin; q < end; ++q) {
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

void rank_of_items(ConstMatrix scores, const CsrView& wanted, const ItemFilter& filter, int32_t* ranks,
                   int32_t* eligible_counts, const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  if (wanted.rows != scores.rows || wanted.cols != scores.cols)
    fail_shape("wanted: expected [" + std::to_string(scores.rows) + ", " + std::to_string(scores.cols) +
               "] but received [" + std::to_string(wanted.rows) + ", " + std::to_string(wanted.cols) + "].");
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    std::vector<Scored> targets;   // the wanted items that are eligible, best first
    std::vector<int32_t> between;  // [t]: eligible items that stand before target t but not before target t - 1
    std::vector<uint64_t> masks(panel_count(scores.cols));
    for (int64_t q = begin; q < end; ++q) {
      const float* row = scores.row(q);
      EligibleItems walk(filter, q, scores.cols, 0);
      for (int64_t p = 0; p < panel_count(scores.cols); ++p) masks[p] = walk.mask(p);
      const auto is_eligible = [&](int64_t item) {
        return (masks[item / kPanel] >> (item % kPanel) & 1) && !std::isnan(row[item]);
      };
      targets.clear();
      for (int32_t n = wanted.indptr[q]; n < wanted.indptr[q + 1]; ++n)
        if (const int32_t item = wanted.indices[n]; is_eligible(item)) targets.push_back({row[item], item});
      std::sort(targets.begin(), targets.end(), better);

      between.assign(targets.size() + 1, 0);
      int32_t eligible = 0;
      for (int64_t item = 0; item < scores.cols; ++item) {
        if (!is_eligible(item)) continue;
        ++eligible;
        const auto after =
            std::upper_bound(targets.begin(), targets.end(), Scored{row[item], static_cast<int32_t>(item)}, better);
        ++between[after - targets.begin()];
      }
      eligible_counts[q] = eligible;
      for (int32_t n = wanted.indptr[q]; n < wanted.indptr[q + 1]; ++n) ranks[n] = -1;
      int32_t before = 0;
      for (size_t t = 0; t < targets.size(); ++t) {
        before += between[t];
        const int32_t* first = wanted.indices + wanted.indptr[q];
        const int32_t* last = wanted.indices + wanted.indptr[q + 1];
        ranks[std::lower_bound(first, last, targets[t].item) - wanted.indices] = before;
      }
    }
  });
}

}  // namespace kindred

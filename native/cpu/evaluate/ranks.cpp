#include "kindred/evaluate/ranks.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/search/eligible_items.h"
#include "cpu/search/panel_search.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Calls visit(item, score) for each eligible item of panels [first, last) of a query, in ascending order.
template <class Visit>
void each_eligible(ConstMatrix scores, int64_t query, const ItemFilter& filter, int64_t first, int64_t last,
                   Visit visit) {
  EligibleItems eligible(filter, query, scores.cols, first);
  const float* row = scores.row(query);
  for (int64_t p = first; p < last; ++p)
    for (uint64_t mask = eligible.mask(p); mask != 0; mask &= mask - 1) {
      const int64_t item = p * kPanel + std::countr_zero(mask);
      if (!std::isnan(row[item])) visit(item, row[item]);
    }
}

// Which scores a list of k holds: all above the threshold, and those equal to it with this probability.
struct Cut {
  float threshold;
  double miss;  // 1 - the probability
};

// The cuts [lengths] of a query. A list that has room for all holds all.
void find_cuts(ConstMatrix scores, int64_t query, const ItemFilter& filter, const int32_t* lengths, int64_t count,
               Cut* cuts) {
  const int64_t panels = panel_count(scores.cols);
  const int64_t longest = std::min<int64_t>(*std::max_element(lengths, lengths + count), scores.cols);
  BestList best(longest);
  each_eligible(scores, query, filter, 0, panels, [&](int64_t item, float score) {
    best.push({score, static_cast<int32_t>(item)});
  });
  std::vector<Scored> entries = best.take();
  std::sort(entries.begin(), entries.end(), better);
  const int64_t listed = static_cast<int64_t>(entries.size());
  for (int64_t n = 0; n < count; ++n) cuts[n] = {lengths[n] > listed ? -INFINITY : entries[lengths[n] - 1].score, 0};
  std::vector<int64_t> tied(count, 0);
  each_eligible(scores, query, filter, 0, panels, [&](int64_t, float score) {
    for (int64_t n = 0; n < count; ++n) tied[n] += score == cuts[n].threshold;
  });
  for (int64_t n = 0; n < count; ++n) {
    if (lengths[n] > listed) continue;
    const auto is_above = [&](const Scored& entry) { return entry.score > cuts[n].threshold; };
    const int64_t above = std::partition_point(entries.begin(), entries.end(), is_above) - entries.begin();
    cuts[n].miss = static_cast<double>(above + tied[n] - lengths[n]) / static_cast<double>(tied[n]);
  }
}

}  // namespace

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

void multiply_misses(ConstMatrix scores, const ItemFilter& filter, const int32_t* lengths, int64_t length_count,
                     double* misses, const AbortFlag* abort) {
  check_filter(filter, scores.rows, scores.cols);
  if (length_count == 0) return;
  if (*std::min_element(lengths, lengths + length_count) < 1)
    fail_value("lengths: expected lists of at least one item.");
  std::vector<Cut> cuts(scores.rows * length_count);
  parallel_for(scores.rows, 8, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q)
      find_cuts(scores, q, filter, lengths, length_count, cuts.data() + q * length_count);
  });
  parallel_for(panel_count(scores.cols), 8, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = 0; q < scores.rows; ++q)
      each_eligible(scores, q, filter, begin, end, [&](int64_t item, float score) {
        for (int64_t n = 0; n < length_count; ++n) {
          const Cut& cut = cuts[q * length_count + n];
          if (score >= cut.threshold) misses[n * scores.cols + item] *= score > cut.threshold ? 0 : cut.miss;
        }
      });
  });
}

}  // namespace kindred

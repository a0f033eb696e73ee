#include "test/search/lists.h"

#include <cmath>

namespace kindred::test {

Filter::Filter(Random& random, int64_t queries, int64_t items, double excluded, Allow allow, double allowed)
    : excludes_(excluded > 0), allows_(allow != Allow::all), shared_(allow == Allow::shared) {
  exclude_ = random_csr(random, queries, items, excluded);
  // Bits past the last item are set at random too: they must not matter.
  if (allows_) allow_.resize((shared_ ? 1 : queries) * ((items + 7) / 8));
  for (uint8_t& byte : allow_)
    for (int bit = 0; bit < 8; ++bit) byte |= static_cast<uint8_t>((random.uniform(0, 1) < allowed) << bit);
  exclude_.values.clear();
}

ItemFilter Filter::get() const {
  ItemFilter filter;
  exclude_view_ = exclude_.view();
  if (excludes_) filter.exclude = &exclude_view_;
  if (allows_) filter.allow = allow_.data();
  filter.allow_shared = shared_;
  return filter;
}

std::vector<Filter> filters(Random& random, int64_t queries, int64_t items) {
  using Allow = Filter::Allow;
  std::vector<Filter> all;
  all.emplace_back(random, queries, items, 0.0, Allow::all, 1.0);
  all.emplace_back(random, queries, items, 0.3, Allow::all, 1.0);
  all.emplace_back(random, queries, items, 1.1, Allow::all, 1.0);  // everything excluded
  all.emplace_back(random, queries, items, 0.0, Allow::shared, 0.5);
  all.emplace_back(random, queries, items, 0.0, Allow::per_query, 0.5);
  all.emplace_back(random, queries, items, 0.9, Allow::shared, 0.5);
  all.emplace_back(random, queries, items, 0.5, Allow::per_query, 0.1);
  all.emplace_back(random, queries, items, 0.1, Allow::shared, 0.0);
  return all;
}

reference::Lists best(ConstMatrix queries, ConstMatrix items, Metric metric, int64_t k, const ItemFilter& filter) {
  reference::Lists lists{std::vector<int32_t>(queries.rows * k, -7), std::vector<float>(queries.rows * k, -7.0f)};
  top_k(queries, items, metric, k, filter, {lists.indices.data(), lists.scores.data()}, nullptr);
  return lists;
}

reference::Lists best_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter) {
  reference::Lists lists{std::vector<int32_t>(scores.rows * k, -7), std::vector<float>(scores.rows * k, -7.0f)};
  top_k_of_scores(scores, k, filter, {lists.indices.data(), lists.scores.data()}, nullptr);
  return lists;
}

reference::Lists found(const VectorIndex& index, ConstMatrix queries, int64_t k, const ItemFilter& filter) {
  reference::Lists lists{std::vector<int32_t>(queries.rows * k, -7), std::vector<float>(queries.rows * k, -7.0f)};
  index.search(queries, k, filter, {lists.indices.data(), lists.scores.data()}, nullptr);
  return lists;
}

void check_close_lists(const reference::Lists& received, const reference::Lists& expected, int64_t k,
                       double tolerance) {
  CHECK_CLOSE(received.scores, doubles(expected.scores), tolerance, tolerance);
  for (size_t n = 0; n < expected.indices.size(); ++n) {
    const double s = expected.scores[n], slack = 4 * tolerance * (1 + std::fabs(s));
    const bool first = n % k == 0, last = n % k == static_cast<size_t>(k) - 1;
    if (!first && expected.scores[n - 1] - s <= slack) continue;
    if (last || s - expected.scores[n + 1] <= slack) continue;
    CHECK_EQUAL(received.indices[n], expected.indices[n]);
  }
}

std::vector<double> flat(const reference::Lists& lists) {
  std::vector<double> values(lists.indices.begin(), lists.indices.end());
  values.insert(values.end(), lists.scores.begin(), lists.scores.end());
  return values;
}

}  // namespace kindred::test

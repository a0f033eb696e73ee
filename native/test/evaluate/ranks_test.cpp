// Where relevant items stand among the eligible ones.
#include "kindred/evaluate/ranks.h"

#include <algorithm>
#include <cmath>

#include "reference/evaluate/ranks.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

reference::Ranks ranks_of(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter) {
  const std::vector<int32_t> garbage(relevant.nonzeros(), -7);
  reference::Ranks out{garbage, garbage, std::vector<int32_t>(scores.rows, -7)};
  rank_items(scores, relevant, filter, {out.before.data(), out.tied.data(), out.eligible.data()}, nullptr);
  return out;
}

void check_ranks(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter) {
  const auto received = ranks_of(scores, relevant, filter), expected = reference::rank_items(scores, relevant, filter);
  CHECK_CLOSE(received.before, expected.before, 0, 0);
  CHECK_CLOSE(received.tied, expected.tied, 0, 0);
  CHECK_CLOSE(received.eligible, expected.eligible, 0, 0);
}

}  // namespace

TEST(equals_the_reference_with_every_filter) {
  Random random(1);
  for (const int64_t items : kSizes) {
    const int64_t queries = 6;
    for (const bool odd : {false, true}) {
      std::vector<float> values = random.integers(queries * items, -5, 5);
      if (odd)
        for (float& v : values) {
          const int64_t kind = random.integer(0, 4);
          if (kind == 0) v = NAN;
          if (kind == 1) v = random.integer(0, 1) ? INFINITY : -INFINITY;
        }
      const Padded scores(queries, items, 3, values);
      for (const double density : {0.0, 0.02, 0.4, 1.1}) {
        const Csr relevant = random_csr(random, queries, items, items > 1000 ? std::min(density, 0.1) : density);
        for (const Filter& filter : filters(random, queries, items))
          check_ranks(scores.view(), relevant.view(), filter.get());
      }
    }
  }
}

TEST(ranks_are_places_in_the_list) {
  Random random(2);
  const Padded scores(3, 129, 0, random.integers(3 * 129, 0, 9));
  const Csr relevant = random_csr(random, 3, 129, 0.3);
  const Filter filter(random, 3, 129, 0.2, Filter::Allow::shared, 0.8);
  const auto lists = best_of_scores(scores.view(), 129, filter.get());
  const auto ranks = ranks_of(scores.view(), relevant.view(), filter.get());
  for (int64_t q = 0; q < 3; ++q)
    for (int32_t n = relevant.indptr[q]; n < relevant.indptr[q + 1]; ++n) {
      const int32_t* begin = lists.indices.data() + q * 129;
      const auto at = static_cast<int32_t>(std::find(begin, begin + 129, relevant.indices[n]) - begin);
      if (at == 129)
        CHECK_EQUAL(ranks.before[n], -1);
      else
        CHECK(at >= ranks.before[n] && at < ranks.before[n] + ranks.tied[n]);
    }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const Padded scores(67, 257, 0, random.integers(67 * 257, 0, 30));
  const Csr relevant = random_csr(random, 67, 257, 0.05);
  CHECK_SAME_BITS(return doubles(ranks_of(scores.view(), relevant.view(), {}).before));
}

TEST(shapes_that_do_not_fit_are_refused) {
  Random random(5);
  const Padded scores(1, 2, 0, {1, 2});
  const Csr fits = random_csr(random, 1, 2, 1.1), other = random_csr(random, 1, 3, 1.1);
  CHECK_THROWS("ERR_SHAPE", "relevant", ranks_of(scores.view(), other.view(), {}));
  const CsrView exclude = other.view();
  ItemFilter filter;
  filter.exclude = &exclude;
  CHECK_THROWS("ERR_SHAPE", "exclude", ranks_of(scores.view(), fits.view(), filter));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(4);
  const Padded scores(1, 1, 0, {1});
  const Csr relevant = random_csr(random, 1, 1, 1.1);
  int32_t before = 0, tied = 0, eligible = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted",
               rank_items(scores.view(), relevant.view(), {}, {&before, &tied, &eligible}, &abort));
}

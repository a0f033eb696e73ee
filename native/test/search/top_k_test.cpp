// The best items of each query, from vectors and from scores.
#include <algorithm>
#include <cmath>

#include "cpu/search/panel_search.h"
#include "kindred/search/similarity.h"
#include "reference/search/similarity.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};

std::vector<int64_t> counts_for(int64_t items) { return {0, 1, 2, 10, items - 1, items, items + 3}; }

void check_lists(const reference::Lists& received, const reference::Lists& expected) {
  CHECK_CLOSE(received.indices, expected.indices, 0, 0);
  CHECK_CLOSE(received.scores, expected.scores, 0, 0);
}

// Scores of integers are exact and tie often, so lists must equal the reference's in every place.
void check_integers(Random& random, int64_t queries, int64_t items, int64_t dims) {
  const Padded a(queries, dims, 2, random.integers(queries * dims, -2, 2));
  const Padded b(items, dims, 1, random.integers(items * dims, -2, 2));
  for (const Metric metric : {Metric::dot, Metric::euclidean}) {
    const auto values = reference::similarity_matrix(a.view(), b.view(), metric);
    const ConstMatrix scores(values.data(), queries, items);
    for (const Filter& filter : filters(random, queries, items))
      for (const int64_t k : counts_for(items)) {
        if (k < 0) continue;
        const auto expected = reference::top_k_of_scores(scores, k, filter.get());
        check_lists(best(a.view(), b.view(), metric, k, filter.get()), expected);
        check_lists(best_of_scores(scores, k, filter.get()), expected);
      }
  }
}

}  // namespace

TEST(integers_equal_the_reference_with_every_filter) {
  Random random(1);
  for (const int64_t items : kSizes)
    if (items < 1000) check_integers(random, 5, items, 3);
  for (const int64_t queries : {0, 1, 2, 33, 65}) check_integers(random, queries, 70, 2);
  check_integers(random, 3, 1025, 4);
  check_integers(random, 3, 66, 0);
}

TEST(large_catalogues_for_few_queries) {
  const int before = thread_count();
  Random random(7);
  const Padded a(3, 2, 0, random.integers(3 * 2, -20, 20)), b(20011, 2, 1, random.integers(20011 * 2, -20, 20));
  const auto values = reference::similarity_matrix(a.view(), b.view(), Metric::dot);
  const ConstMatrix scores(values.data(), 3, 20011);
  for (const Filter& filter : filters(random, 3, 20011)) {
    const auto expected = reference::top_k_of_scores(scores, 100, filter.get());
    for (const int threads : {1, 3, 8}) {  // they may share out the catalogue
      set_thread_count(threads);
      check_lists(best(a.view(), b.view(), Metric::dot, 100, filter.get()), expected);
    }
  }
  set_thread_count(before);
}

TEST(slices_of_the_catalogue_tie_at_zero) {
  // Rows that score 0 come last in the first slice and everywhere in the others, which know them sooner.
  const int before = thread_count();
  set_thread_count(8);
  constexpr int64_t kItems = 20011, kFirst = 4000, kDims = 40;
  std::vector<float> values(kItems * kDims, 0.0f);
  std::fill_n(values.begin(), kFirst * kDims, 1.0f);
  const Padded items(kItems, kDims, 0, values);
  for (const Metric metric : {Metric::dot, Metric::euclidean}) {
    const Padded query(1, kDims, 0, std::vector<float>(kDims, metric == Metric::dot ? -1.0f : 0.0f));
    for (int round = 0; round < 20; ++round) {
      const auto lists = best(query.view(), items.view(), metric, 10, {});
      for (int32_t n = 0; n < 10; ++n) CHECK_EQUAL(lists.indices[n], kFirst + n);
    }
  }
  set_thread_count(before);
}

TEST(lists_follow_the_scores_of_similarity_matrix) {
  Random random(2);
  for (const int64_t dims : {1, 31, 64, 129})
    for (const int64_t items : {65, 1023}) {
      const Padded a(9, dims, 3, random.floats(9 * dims)), b(items, dims, 5, random.floats(items * dims));
      for (const Metric metric : kMetrics) {
        std::vector<float> values(9 * items);
        similarity_matrix(a.view(), b.view(), metric, values.data(), nullptr);
        const ConstMatrix scores(values.data(), 9, items);
        for (const Filter& filter : filters(random, 9, items))
          for (const int64_t k : {1, 20, 100})
            check_lists(best(a.view(), b.view(), metric, k, filter.get()),
                        reference::top_k_of_scores(scores, k, filter.get()));
      }
    }
}

TEST(one_query_has_the_list_that_it_has_among_others_to_the_bit) {
  Random random(8);
  for (const int64_t dims : {0, 1, 31, 64, 129})
    for (const int64_t items : {1, 63, 65, 1025}) {
      const Padded a(5, dims, 3, random.floats(5 * dims)), b(items, dims, 5, random.floats(items * dims));
      for (const Metric metric : kMetrics)
        for (const int64_t k : {int64_t{1}, int64_t{20}, items}) {
          const auto all = best(a.view(), b.view(), metric, k, {});
          for (int64_t q = 0; q < 5; ++q) {
            const auto one = best({a.view().row(q), 1, dims}, b.view(), metric, k, {});
            for (int64_t i = 0; i < std::min(k, items); ++i) {
              CHECK_EQUAL(one.indices[i], all.indices[q * k + i]);
              CHECK_EQUAL(one.scores[i], all.scores[q * k + i]);
            }
          }
        }
    }
}

TEST(distances_that_differ_but_round_alike_tie_by_row) {
  // Squared distances 16,000,000 + 1, ..., + 0 have roots that round to few floats: 4000^2 + 3^2 and the like.
  std::vector<float> values;
  for (int n = 8; n >= 0; --n)
    values.insert(values.end(), {4000, static_cast<float>(n % 3), static_cast<float>(n / 3)});
  const Padded query(1, 3, 0, {0, 0, 0}), items(9, 3, 0, values);
  const auto scores = reference::similarity_matrix(query.view(), items.view(), Metric::euclidean);
  for (const int64_t k : {1, 4, 9})
    check_lists(best(query.view(), items.view(), Metric::euclidean, k, {}),
                reference::top_k_of_scores({scores.data(), 1, 9}, k, {}));
}

TEST(duplicate_rows_tie_by_row) {
  Random random(3);
  const auto row = random.floats(65);
  std::vector<float> values;
  for (int n = 0; n < 200; ++n) values.insert(values.end(), row.begin(), row.end());
  const Padded query(1, 65, 0, random.floats(65)), items(200, 65, 0, values);
  for (const Metric metric : kMetrics) {
    const auto lists = best(query.view(), items.view(), metric, 200, {});
    for (int32_t n = 0; n < 200; ++n) CHECK_EQUAL(lists.indices[n], n);
  }
}

TEST(scores_rising_falling_and_equal) {
  for (const int64_t items : {63, 64, 65, 1025}) {
    std::vector<float> values;
    for (int64_t i = 0; i < items; ++i) values.push_back(static_cast<float>(i));
    for (int64_t i = 0; i < items; ++i) values.push_back(static_cast<float>(-i));
    for (int64_t i = 0; i < items; ++i) values.push_back(1);
    for (int64_t i = 0; i < items; ++i) values.push_back(i % 2 ? 0.0f : -0.0f);
    const ConstMatrix scores(values.data(), 4, items);
    for (const int64_t k : counts_for(items))
      check_lists(best_of_scores(scores, k, {}), reference::top_k_of_scores(scores, k, {}));
  }
}

TEST(nan_is_never_listed_and_infinities_are) {
  Random random(4);
  std::vector<float> values = random.integers(6 * 131, -3, 3);
  for (float& v : values) {
    const int64_t kind = random.integer(0, 5);
    if (kind == 0) v = NAN;
    if (kind == 1) v = INFINITY;
    if (kind == 2) v = -INFINITY;
  }
  std::fill_n(values.begin(), 131, NAN);
  std::fill_n(values.begin() + 131, 131, -INFINITY);
  const Padded scores(6, 131, 4, values);
  for (const Filter& filter : filters(random, 6, 131))
    for (const int64_t k : counts_for(131))
      check_lists(best_of_scores(scores.view(), k, filter.get()),
                  reference::top_k_of_scores(scores.view(), k, filter.get()));
}

TEST(vectors_that_are_not_finite) {
  const Padded queries(3, 1, 0, {1, NAN, 0}), items(5, 1, 0, {NAN, INFINITY, 2, -INFINITY, 0});
  for (const Metric metric : kMetrics) {
    const auto values = reference::similarity_matrix(queries.view(), items.view(), metric);
    check_lists(best(queries.view(), items.view(), metric, 5, {}),
                reference::top_k_of_scores({values.data(), 3, 5}, 5, {}));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const Padded a(67, 33, 0, random.floats(67 * 33)), b(1025, 33, 0, random.floats(1025 * 33));
  const Filter filter(random, 67, 1025, 0.2, Filter::Allow::per_query, 0.7);
  for (const Metric metric : kMetrics) CHECK_SAME_BITS(return flat(best(a.view(), b.view(), metric, 10, filter.get())));
  const Padded scores(67, 1025, 0, random.integers(67 * 1025, 0, 50));
  CHECK_SAME_BITS(return flat(best_of_scores(scores.view(), 10, filter.get())));
}

TEST(cuts_of_a_search) {
  const int before = thread_count();
  const auto check = [](int threads, int64_t queries, int64_t panels, int64_t kept, int64_t bands, int64_t slices) {
    set_thread_count(threads);
    const SearchCut cut(queries, 512, panels, kept);
    CHECK_EQUAL(cut.bands, bands);
    CHECK_EQUAL(cut.slices, slices);
  };
  check(2, 0, 20000, 10, 0, 1);
  check(1, 1, 20000, 10, 1, 1);
  check(2, 1, 20000, 10, 1, 8);
  check(2, 1024, 20000, 100, 2, 4);
  check(2, 512, 100, 10, 8, 1);          // few rows: threads share the queries
  check(64, 1024, 20000, 1000, 16, 16);  // a slice holds lists of 16 MB
  check(2, 100'000, 20000, 10, 196, 1);
  check(2, 1, 1 << 20, 1 << 26, 1, 1);  // one list is 1 GiB
  set_thread_count(before);
}

TEST(shapes_that_do_not_fit_are_refused) {
  Random random(6);
  const Padded a(2, 2, 0, {1, 2, 3, 4}), b(1, 3, 0, {1, 2, 3});
  CHECK_THROWS("ERR_SHAPE", "dimensions", best(a.view(), b.view(), Metric::dot, 1, {}));
  const Filter other(random, 3, 2, 1.1, Filter::Allow::all, 1);
  CHECK_THROWS("ERR_SHAPE", "exclude", best(a.view(), a.view(), Metric::dot, 1, other.get()));
  CHECK_THROWS("ERR_SHAPE", "exclude", best_of_scores(a.view(), 1, other.get()));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded a(1, 1, 0, {1});
  int32_t index = 0;
  float score = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted", top_k(a.view(), a.view(), Metric::dot, 1, {}, {&index, &score}, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", top_k_of_scores(a.view(), 1, {}, {&index, &score}, &abort));
}

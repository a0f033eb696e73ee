// The packed catalogue against top_k, which top_k_test.cpp holds against the reference, and against the reference.
#include "kindred/search/index.h"

#include <cmath>

#include "cpu/search/vector_block.h"
#include "reference/search/similarity.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};

using Index = std::shared_ptr<const VectorIndex>;

Index index_of(ConstMatrix items, Metric metric) { return VectorIndex(metric, items.cols).with(items, false, nullptr); }

}  // namespace

TEST(lists_equal_those_of_top_k_with_every_filter) {
  Random random(1);
  for (const int64_t dims : {0, 1, 3, 127, 129})
    for (const int64_t items : {0, 1, 63, 64, 65, 1025}) {
      const Padded a(9, dims, 2, random.floats(9 * dims)), b(items, dims, 1, random.floats(items * dims));
      for (const Metric metric : kMetrics) {
        const Index index = index_of(b.view(), metric);
        for (const Filter& filter : filters(random, 9, items))
          for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{20}, items, items + 3})
            check_same_lists(found(*index, a.view(), k, filter.get()),
                             best(a.view(), b.view(), metric, k, filter.get()));
      }
    }
}

TEST(integers_equal_the_reference) {
  Random random(2);
  const Padded a(61, 3, 0, random.integers(61 * 3, -2, 2)), b(700, 3, 0, random.integers(700 * 3, -2, 2));
  for (const Metric metric : {Metric::dot, Metric::euclidean}) {
    const auto scores = reference::similarity_matrix(a.view(), b.view(), metric);
    const Index index = index_of(b.view(), metric);
    for (const Filter& filter : filters(random, 61, 700))
      check_same_lists(found(*index, a.view(), 30, filter.get()),
                       reference::top_k_of_scores({scores.data(), 61, 700}, 30, filter.get()));
  }
}

TEST(cosines_are_near_the_reference_and_zero_norms_score_zero) {
  Random random(3);
  std::vector<float> values = random.floats(200 * 31);
  std::fill_n(values.begin() + 31 * 17, 31, 0.0f);
  const Padded items(200, 31, 0, values), queries(2, 31, 0, [&] {
    std::vector<float> rows = random.floats(2 * 31);
    std::fill_n(rows.begin(), 31, 0.0f);
    return rows;
  }());
  const auto lists = found(*index_of(items.view(), Metric::cosine), queries.view(), 200, {});
  const auto expected = reference::similarity_matrix(queries.view(), items.view(), Metric::cosine);
  for (int64_t n = 0; n < 400; ++n) {
    const int64_t q = n / 200;
    CHECK(std::fabs(lists.scores[n] - expected[q * 200 + lists.indices[n]]) < 1e-6);
    if (q == 0) CHECK_EQUAL(lists.indices[n], static_cast<int32_t>(n));
    if (q == 0 || lists.indices[n] == 17) CHECK_EQUAL(lists.scores[n], 0.0f);
  }
}

TEST(duplicate_rows_tie_by_row) {
  Random random(4);
  const auto row = random.floats(65);
  std::vector<float> values;
  for (int n = 0; n < 5000; ++n) values.insert(values.end(), row.begin(), row.end());
  const Padded query(1, 65, 0, random.floats(65)), items(5000, 65, 0, values);
  for (const Metric metric : kMetrics) {
    const auto lists = found(*index_of(items.view(), metric), query.view(), 5000, {});
    for (int32_t n = 0; n < 5000; ++n) CHECK_EQUAL(lists.indices[n], n);
  }
}

TEST(rows_added_in_pieces_are_rows_added_at_once) {
  Random random(5);
  const Padded items(9001, 5, 3, random.floats(9001 * 5)), queries(3, 5, 0, random.floats(15));
  for (const Metric metric : kMetrics) {
    Index pieces = std::make_shared<VectorIndex>(metric, 5);
    int64_t begin = 0;
    for (const int64_t rows : {0, 1, 62, 1, 1, 63, 4000, 100, 0, 4096, 677}) {
      const Index former = pieces;
      const auto before = found(*former, queries.view(), 20, {});
      pieces = former->with({items.view().row(begin), rows, 5, items.view().stride}, false, nullptr);
      check_same_lists(found(*former, queries.view(), 20, {}), before);
      begin += rows;
    }
    CHECK_EQUAL(pieces->size(), items.view().rows);
    check_same_lists(found(*pieces, queries.view(), 100, {}), best(queries.view(), items.view(), metric, 100, {}));
  }
}

TEST(removed_rows_are_never_listed_and_the_others_keep_their_numbers) {
  Random random(6);
  const Padded items(300, 4, 0, random.floats(1200)), queries(5, 4, 0, random.floats(20));
  const Index all = index_of(items.view(), Metric::dot);
  std::vector<int32_t> rows;
  for (int32_t r = 0; r < 300; ++r)
    if (r % 3 == 0 || (r >= 64 && r < 128)) rows.push_back(r);
  std::vector<int32_t> indptr, indices;
  for (int q = 0; q <= 5; ++q) indptr.push_back(static_cast<int32_t>(q * rows.size()));
  for (int q = 0; q < 5; ++q) indices.insert(indices.end(), rows.begin(), rows.end());
  const CsrView exclude{indptr.data(), indices.data(), nullptr, 5, 300};
  ItemFilter filter;
  filter.exclude = &exclude;

  const Index fewer = all->without(rows.data(), static_cast<int64_t>(rows.size()))->without(rows.data(), 1);
  CHECK_EQUAL(fewer->removed(), static_cast<int64_t>(rows.size()));
  CHECK_EQUAL(fewer->has(66), false);
  CHECK_EQUAL(fewer->has(130), true);
  check_same_lists(found(*fewer, queries.view(), 300, {}),
                   best(queries.view(), items.view(), Metric::dot, 300, filter));
  check_same_lists(found(*all, queries.view(), 300, {}), best(queries.view(), items.view(), Metric::dot, 300, {}));
  const Index grown = fewer->with(items.view(), false, nullptr);
  CHECK_EQUAL(grown->removed(), fewer->removed());
  const auto lists = found(*grown, queries.view(), 600, {});
  CHECK_EQUAL(lists.indices[600 - rows.size() - 1] >= 0, true);
  CHECK_EQUAL(lists.indices[600 - rows.size()], -1);

  const int32_t outside = 300;
  CHECK_THROWS("ERR_VALUE", "rows from 0 to 299 but received 300", all->without(&outside, 1));
}

TEST(vectors_come_back_as_they_are_scored) {
  Random random(7);
  const Padded items(5000, 3, 1, random.floats(15000)), queries(4, 3, 0, random.floats(12));
  std::vector<float> out(15000);
  index_of(items.view(), Metric::euclidean)->vectors(0, 5000, out.data());
  CHECK_CLOSE(out, items.values(), 0, 0);
  const Index cosine = index_of(items.view(), Metric::cosine);
  cosine->vectors(0, 5000, out.data());
  const Index again = VectorIndex(Metric::cosine, 3).with({out.data(), 5000, 3}, true, nullptr);
  check_same_lists(found(*again, queries.view(), 50, {}), found(*cosine, queries.view(), 50, {}));
}

TEST(the_same_bits_for_any_number_of_threads_and_queries) {
  Random random(8);
  const Padded items(20011, 33, 0, random.floats(20011 * 33)), queries(67, 33, 0, random.floats(67 * 33));
  for (const Metric metric : kMetrics) {
    const Index index = index_of(items.view(), metric);
    CHECK_SAME_BITS(return flat(found(*index, queries.view(), 10, {})));
    const auto all = found(*index, queries.view(), 10, {});
    for (const int64_t q : {0, 5, 66}) {
      const auto one = found(*index, {queries.view().row(q), 1, 33}, 10, {});
      for (int64_t n = 0; n < 10; ++n) {
        CHECK_EQUAL(one.indices[n], all.indices[q * 10 + n]);
        CHECK_EQUAL(one.scores[n], all.scores[q * 10 + n]);
      }
    }
  }
}

TEST(numbers_that_are_not_finite_and_shapes_that_do_not_fit_are_refused) {
  Random random(9);
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    std::vector<float> values = random.floats(5000 * 3);
    values[4321 * 3 + 2] = value;
    const Padded bad(5000, 3, 0, values);
    CHECK_THROWS("ERR_VALUE", "vectors: row 4321 holds ", index_of(bad.view(), Metric::dot));
    const Index good = index_of(Padded(1, 3, 0, {1, 2, 3}).view(), Metric::dot);
    CHECK_THROWS("ERR_VALUE", "queries: row 4321 holds ", found(*good, bad.view(), 1, {}));
  }
  const Padded huge(2, 2, 0, {3e38f, -3e38f, 1e-38f, 0});
  const auto lists = found(*index_of(huge.view(), Metric::cosine), huge.view(), 1, {});
  CHECK_CLOSE(lists.indices, (std::vector<int32_t>{0, 1}), 0, 0);
  const Padded a(2, 2, 0, {1, 2, 3, 4}), b(1, 3, 0, {1, 2, 3});
  CHECK_THROWS("ERR_SHAPE", "vectors of 2 dimensions", VectorIndex(Metric::dot, 2).with(b.view(), false, nullptr));
  CHECK_THROWS("ERR_SHAPE", "queries of 2 dimensions", found(*index_of(a.view(), Metric::dot), b.view(), 1, {}));
  const Filter other(random, 3, 2, 1.1, Filter::Allow::all, 1);
  CHECK_THROWS("ERR_SHAPE", "exclude", found(*index_of(a.view(), Metric::dot), a.view(), 1, other.get()));
}

TEST(places_beyond_32_bits) {
  // The last row of 50M x 64: number 127 of its block.
  CHECK_EQUAL(int64_t{49'999'999} / kRowsOfBlock, int64_t{12207});
  CHECK_EQUAL(place_in_block(49'999'999 % kRowsOfBlock, 64, 64 * 64), int64_t{64 * 64 + 64 * 32 + 31});
  const int64_t dims = int64_t{1} << 21;
  CHECK_EQUAL(place_in_block((INT32_MAX - 1) % kRowsOfBlock, dims, dims * 64), 63 * 64 * dims + 32 * dims + 30);
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded a(1, 1, 0, {1});
  int32_t index = 0;
  float score = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted",
               index_of(a.view(), Metric::dot)->search(a.view(), 1, {}, {&index, &score}, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", VectorIndex(Metric::dot, 1).with(a.view(), false, &abort));
}

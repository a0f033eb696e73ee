// Indexes of bf16 and int8 codes: exact ones against those of f32, to the bit; the others against what codes stand for.
#include <cmath>

#include "cpu/search/vector_codes.h"
#include "kindred/search/index.h"
#include "reference/search/similarity.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};
constexpr Dtype kCodes[] = {Dtype::bf16, Dtype::i8};

using Index = std::shared_ptr<const VectorIndex>;

Index index_of(ConstMatrix items, Metric metric, Dtype dtype, bool exact = true) {
  return VectorIndex(metric, items.cols, dtype, exact).with(items, false, nullptr);
}

void check_exact(const Padded& queries, const Padded& items, int64_t k, const ItemFilter& filter = {}) {
  for (const Metric metric : kMetrics) {
    const auto expected = found(*index_of(items.view(), metric, Dtype::f32), queries.view(), k, filter);
    for (const Dtype dtype : kCodes)
      check_same_lists(found(*index_of(items.view(), metric, dtype), queries.view(), k, filter), expected);
  }
}

std::vector<float> scaled(std::vector<float> values, float factor, float offset = 0) {
  for (float& value : values) value = value * factor + offset;
  return values;
}

}  // namespace

TEST(exact_lists_equal_those_of_f32_with_every_filter) {
  Random random(1);
  for (const int64_t dims : {0, 1, 2, 3, 4, 5, 127, 129})
    for (const int64_t items : {0, 1, 63, 65, 1025}) {
      const Padded a(14, dims, 2, random.floats(14 * dims)), b(items, dims, 1, random.floats(items * dims));
      for (const Metric metric : kMetrics) {
        const Index plain = index_of(b.view(), metric, Dtype::f32);
        for (const Dtype dtype : kCodes) {
          const Index coded = index_of(b.view(), metric, dtype);
          for (const Filter& filter : filters(random, 14, items))
            for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{20}, items + 3})
              check_same_lists(found(*coded, a.view(), k, filter.get()), found(*plain, a.view(), k, filter.get()));
        }
      }
    }
}

TEST(exact_lists_of_many_rows_for_any_number_of_queries) {
  Random random(2);
  const Padded items(20011, 33, 0, random.floats(20011 * 33));
  for (const int64_t queries : {1, 2, 3, 5, 12, 13, 25, 61})
    check_exact(Padded(queries, 33, 0, random.floats(queries * 33)), items, 10);
}

TEST(exact_where_norms_differ_by_orders_of_magnitude) {
  Random random(3);
  std::vector<float> values = random.floats(3000 * 17), queries = random.floats(40 * 17);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= std::pow(10.0f, static_cast<float>(i / 17 % 7) - 3);
  for (size_t i = 0; i < queries.size(); ++i) queries[i] *= std::pow(10.0f, static_cast<float>(i / 17 % 5) - 2);
  check_exact(Padded(40, 17, 0, queries), Padded(3000, 17, 0, values), 12);
}

TEST(exact_where_numbers_are_close_to_each_other) {
  Random random(4);
  for (const float offset : {1.0f, 100.0f, 30000.0f})
    check_exact(Padded(9, 8, 0, scaled(random.floats(9 * 8), 1e-2f, offset)),
                Padded(2000, 8, 0, scaled(random.floats(2000 * 8), 1e-2f, offset)), 20);
}

TEST(exact_at_both_ends_of_the_range_of_floats) {
  Random random(5);
  for (const float factor : {1e-44f, 1e-38f, 1e-30f, 1e-22f, 1e-18f, 1e15f, 1e18f, 1e22f, 1e30f, 3e38f})
    check_exact(Padded(6, 9, 0, scaled(random.floats(6 * 9), factor)),
                Padded(500, 9, 0, scaled(random.floats(500 * 9), factor)), 20);
}

TEST(exact_with_one_number_far_larger_than_the_others) {
  Random random(6);
  std::vector<float> values = random.floats(1500 * 20);
  for (size_t i = 0; i < values.size(); i += 20) values[i] = 1e4f;
  check_exact(Padded(5, 20, 0, random.floats(100)), Padded(1500, 20, 0, values), 10);
}

TEST(exact_where_codes_are_exact_and_only_sums_round) {
  // The same numbers in another order for each row: every score is the same but for the rounding of its sum.
  Random random(13);
  const Padded query(1, 257, 0, std::vector<float>(257, 1.0f));
  std::vector<float> row = random.floats(257), values;
  for (size_t t = 0; t < row.size(); ++t) row[t] = float_of_bf16(bf16_of(row[t] * (t % 9 == 0 ? 1000.0f : 1.0f)));
  for (int n = 0; n < 3000; ++n) {
    for (size_t t = row.size() - 1; t > 0; --t)
      std::swap(row[t], row[static_cast<size_t>(random.integers(1, 0, static_cast<int64_t>(t))[0])]);
    values.insert(values.end(), row.begin(), row.end());
  }
  check_exact(query, Padded(3000, 257, 0, values), 10);
}

TEST(exact_ties_by_row) {
  Random random(7);
  check_exact(Padded(30, 3, 0, random.integers(90, -2, 2)), Padded(5000, 3, 0, random.integers(15000, -2, 2)), 70);
  const auto row = random.floats(65);
  std::vector<float> values;
  for (int n = 0; n < 5000; ++n) values.insert(values.end(), row.begin(), row.end());
  check_exact(Padded(1, 65, 0, random.floats(65)), Padded(5000, 65, 0, values), 100);
  check_exact(Padded(2, 4, 0, std::vector<float>(8)), Padded(200, 4, 0, std::vector<float>(800)), 20);
}

TEST(rows_added_in_pieces_and_removed) {
  Random random(8);
  const Padded items(9001, 5, 3, random.floats(9001 * 5)), queries(3, 5, 0, random.floats(15));
  const std::vector<int32_t> gone{0, 64, 65, 4095, 4096, 9000};
  for (const Metric metric : kMetrics)
    for (const Dtype dtype : kCodes)
      for (const bool exact : {true, false}) {
        Index pieces = std::make_shared<VectorIndex>(metric, 5, dtype, exact);
        int64_t begin = 0;
        for (const int64_t rows : {0, 1, 62, 1, 1, 63, 4000, 100, 0, 4096, 677}) {
          pieces = pieces->with({items.view().row(begin), rows, 5, items.view().stride}, false, nullptr);
          begin += rows;
        }
        const Index whole = index_of(items.view(), metric, dtype, exact);
        check_same_lists(found(*pieces, queries.view(), 100, {}), found(*whole, queries.view(), 100, {}));
        pieces = pieces->without(gone.data(), 6);
        for (const int32_t item : found(*pieces, queries.view(), 9001, {}).indices)
          CHECK(std::find(gone.begin(), gone.end(), item) == gone.end());
      }
}

TEST(codes_alone_score_what_they_stand_for) {
  Random random(9);
  for (const int64_t dims : {1, 4, 7, 64, 129}) {
    const Padded items(300, dims, 0, random.floats(300 * dims)), queries(5, dims, 0, random.floats(5 * dims));
    for (const Metric metric : kMetrics)
      for (const Dtype dtype : kCodes) {
        const Index index = index_of(items.view(), metric, dtype, false);
        CHECK(index->bytes() < index_of(items.view(), metric, dtype)->bytes());
        std::vector<float> decoded(300 * dims);
        index->vectors(0, 300, decoded.data());
        const auto lists = found(*index, queries.view(), 300, {});
        // Queries are coded too: half a step of each number, in units of the largest.
        const auto scores = reference::similarity_matrix(queries.view(), {decoded.data(), 300, dims}, metric);
        const double step = dtype == Dtype::i8 ? 1.0 / 127 : 1.0 / 256;
        for (int64_t n = 0; n < 5 * 300; ++n)
          CHECK(std::fabs(lists.scores[n] - scores[n / 300 * 300 + lists.indices[n]]) <
                step * static_cast<double>(dims) * 0.5 + (metric == Metric::euclidean ? 0.1 : 1e-5));
      }
  }
}

TEST(codes_alone_are_the_same_again_from_what_they_stand_for) {
  Random random(10);
  const Padded items(700, 13, 1, scaled(random.floats(700 * 13), 37.3f)), queries(4, 13, 0, random.floats(52));
  for (const Metric metric : kMetrics)
    for (const Dtype dtype : kCodes) {
      const Index index = index_of(items.view(), metric, dtype, false);
      std::vector<float> out(700 * 13);
      index->vectors(0, 700, out.data());
      const Index again = VectorIndex(metric, 13, dtype, false).with({out.data(), 700, 13}, true, nullptr);
      check_same_lists(found(*again, queries.view(), 50, {}), found(*index, queries.view(), 50, {}));
      std::vector<float> twice(700 * 13);
      again->vectors(0, 700, twice.data());
      CHECK_CLOSE(twice, out, 0, 0);
    }
}

TEST(codes_alone_find_nearly_all) {
  Random random(11);
  const Padded items(5000, 64, 0, random.floats(5000 * 64)), queries(50, 64, 0, random.floats(50 * 64));
  for (const Metric metric : kMetrics) {
    const auto expected = found(*index_of(items.view(), metric, Dtype::f32), queries.view(), 10, {});
    for (const Dtype dtype : kCodes) {
      const auto lists = found(*index_of(items.view(), metric, dtype, false), queries.view(), 10, {});
      int hits = 0;
      for (int q = 0; q < 50; ++q)
        for (int i = 0; i < 10; ++i)
          hits += std::find(&expected.indices[q * 10], &expected.indices[q * 10] + 10, lists.indices[q * 10 + i]) !=
                  &expected.indices[q * 10] + 10;
      CHECK(hits >= 450);
    }
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(12);
  const Padded items(20011, 33, 0, random.floats(20011 * 33)), queries(67, 33, 0, random.floats(67 * 33));
  for (const Dtype dtype : kCodes)
    for (const bool exact : {true, false}) {
      const Index index = index_of(items.view(), Metric::euclidean, dtype, exact);
      CHECK_SAME_BITS(return flat(found(*index, queries.view(), 10, {})));
    }
}

TEST(roundings_of_codes) {
  CHECK_EQUAL(float_of_bf16(bf16_of(1.0f)), 1.0f);
  CHECK_EQUAL(float_of_bf16(bf16_of(1.00390625f)), 1.0f);         // a tie goes to the even neighbour
  CHECK_EQUAL(float_of_bf16(bf16_of(1.01171875f)), 1.015625f);    // as this one
  CHECK_EQUAL(float_of_bf16(bf16_of(-3.4e38f)), -3.3895314e38f);  // not infinity
  CHECK_EQUAL(float_of_bf16(bf16_of(1e-39f)), 0.0f);
  CHECK_EQUAL(i8_scale(0), 0.0f);
  for (const float largest : {1.0f, 0.3f, 77.7f, 1e20f}) {
    const float scale = i8_scale(largest);
    CHECK(scale * 127 >= largest && scale * 127 < largest * 1.0001f);
    CHECK_EQUAL(i8_scale(scale * 127), scale);
  }
}

TEST(too_many_dimensions_for_int8_are_refused) {
  CHECK_THROWS("ERR_TOO_LARGE", "at most 32768 dimensions", VectorIndex(Metric::dot, 32769, Dtype::i8));
  const Padded wide(2, 32768, 0, std::vector<float>(2 * 32768, -1.0f));
  const auto lists = found(*index_of(wide.view(), Metric::dot, Dtype::i8, false), wide.view(), 1, {});
  CHECK_CLOSE(lists.scores, (std::vector<float>{32768, 32768}), 0, 1e-4);
}

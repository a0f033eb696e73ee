// Every score of two matrices.
#include "kindred/search/similarity.h"

#include <cmath>

#include "reference/search/similarity.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};

std::vector<float> scores_of(ConstMatrix a, ConstMatrix b, Metric metric) {
  std::vector<float> out(a.rows * b.rows, 7.0f);
  similarity_matrix(a, b, metric, out.data(), nullptr);
  return out;
}

}  // namespace

TEST(equals_the_reference_on_awkward_sizes_and_strides) {
  Random random(1);
  for (const int64_t dims : kSizes)
    for (const int64_t queries : {0, 1, 2, 7, 33})
      for (const int64_t items : {0, 1, 63, 65, 129}) {
        const int64_t gap = random.integer(0, 3);
        const Padded a(queries, dims, gap, random.floats(queries * dims));
        const Padded b(items, dims, 3 - gap, random.floats(items * dims));
        for (const Metric metric : kMetrics)
          CHECK_CLOSE(scores_of(a.view(), b.view(), metric), reference::similarity_matrix(a.view(), b.view(), metric),
                      2e-5, 1e-5);
      }
}

TEST(many_items) {
  Random random(2);
  for (const int64_t items : {1023, 1025}) {
    const Padded a(9, 5, 1, random.floats(9 * 5)), b(items, 5, 2, random.floats(items * 5));
    for (const Metric metric : kMetrics)
      CHECK_CLOSE(scores_of(a.view(), b.view(), metric), reference::similarity_matrix(a.view(), b.view(), metric), 1e-6,
                  1e-5);
  }
}

TEST(integers_score_exactly) {
  Random random(3);
  const Padded a(13, 33, 0, random.integers(13 * 33, -9, 9)), b(131, 33, 0, random.integers(131 * 33, -9, 9));
  CHECK_CLOSE(scores_of(a.view(), b.view(), Metric::dot), reference::similarity_matrix(a.view(), b.view(), Metric::dot),
              0, 0);
  CHECK_CLOSE(scores_of(a.view(), b.view(), Metric::euclidean),
              reference::similarity_matrix(a.view(), b.view(), Metric::euclidean), 0, 0);
}

TEST(dots_of_pairs_are_those_of_the_matrix_to_the_bit) {
  Random random(6);
  for (const int64_t dims : {0, 1, 31, 33, 67})
    for (const int64_t count : {0, 1, 7, 8, 9, 1023, 1025}) {
      const Padded a(9, dims, 3, random.floats(9 * dims)), b(130, dims, 1, random.floats(130 * dims));
      const std::vector<float> all = scores_of(a.view(), b.view(), Metric::dot);
      std::vector<int32_t> a_rows, b_rows;
      std::vector<float> expected, received(count, 7.0f);
      for (int64_t n = 0; n < count; ++n) {
        const bool again = n > 0 && a_rows[n - 1] >= 0 && random.integer(0, 3) > 0;
        a_rows.push_back(again ? a_rows[n - 1] : static_cast<int32_t>(random.integer(-1, 8)));
        b_rows.push_back(static_cast<int32_t>(random.integer(-1, 129)));
        expected.push_back(a_rows[n] < 0 || b_rows[n] < 0 ? NAN : all[a_rows[n] * 130 + b_rows[n]]);
      }
      dot_of_pairs(a.view(), b.view(), a_rows.data(), b_rows.data(), count, received.data(), nullptr);
      for (int64_t n = 0; n < count; ++n)
        CHECK(std::isnan(expected[n]) ? std::isnan(received[n]) : received[n] == expected[n]);
    }
}

TEST(pairs_of_rows_that_are_not_there_are_refused) {
  Random random(7);
  const Padded a(2, 3, 0, random.floats(6)), b(4, 3, 0, random.floats(12)), wide(4, 5, 0, random.floats(20));
  const int32_t good = 1;
  float out = 0;
  for (const int32_t bad : {-2, 2, 4}) {
    if (bad != 2) CHECK_THROWS("ERR_SHAPE", "rows", dot_of_pairs(a.view(), b.view(), &good, &bad, 1, &out, nullptr));
    if (bad != 4) CHECK_THROWS("ERR_SHAPE", "rows", dot_of_pairs(a.view(), b.view(), &bad, &good, 1, &out, nullptr));
  }
  CHECK_THROWS("ERR_SHAPE", "columns", dot_of_pairs(a.view(), wide.view(), &good, &good, 1, &out, nullptr));
}

TEST(a_pair_scores_the_same_bits_wherever_it_stands) {
  Random random(4);
  const Padded a(9, 67, 0, random.floats(9 * 67)), b(200, 67, 0, random.floats(200 * 67));
  for (const Metric metric : kMetrics) {
    const auto all = scores_of(a.view(), b.view(), metric);
    for (const int64_t q : {0, 3, 8})
      for (const int64_t i : {0, 62, 64, 129, 199}) {
        const auto one = scores_of({a.view().row(q), 1, 67}, {b.view().row(i), 1, 67}, metric);
        CHECK_EQUAL(one[0], all[q * 200 + i]);
      }
  }
}

TEST(few_rows_against_many_have_the_same_bits_however_many_threads_share_them) {
  const int before = thread_count();
  Random random(9);
  constexpr int64_t kItems = 10'001, kDims = 5;
  const Padded a(2, kDims, 0, random.floats(2 * kDims)), b(kItems, kDims, 1, random.floats(kItems * kDims));
  for (const Metric metric : kMetrics)
    for (const int threads : {1, 3, 8}) {
      set_thread_count(threads);
      const auto all = scores_of(a.view(), b.view(), metric);
      for (int64_t i = 0; i < kItems; i += 101) {
        const auto one = scores_of({a.view().row(1), 1, kDims}, {b.view().row(i), 1, kDims}, metric);
        CHECK_EQUAL(one[0], all[kItems + i]);
      }
    }
  set_thread_count(before);
}

TEST(a_norm_of_zero_has_cosine_zero) {
  const Padded a(2, 2, 0, {0, 0, 3, 4}), b(3, 2, 0, {0, 0, 6, 8, -4, 3});
  CHECK_CLOSE(scores_of(a.view(), b.view(), Metric::cosine), (std::vector<double>{0, 0, 0, 0, 1, 0}), 1e-7, 0);
}

TEST(huge_and_tiny_vectors_have_a_cosine) {
  Random random(5);
  for (const float scale : {1e-30f, 1e-22f, 1e18f, 1e25f}) {
    auto values = random.floats(7 * 33);
    for (float& v : values) v *= scale;
    const Padded a(7, 33, 0, values), b(65, 33, 0, random.floats(65 * 33));
    for (const bool both : {false, true})
      CHECK_CLOSE(scores_of(a.view(), both ? a.view() : b.view(), Metric::cosine),
                  reference::similarity_matrix(a.view(), both ? a.view() : b.view(), Metric::cosine), 1e-5, 1e-5);
  }
}

TEST(near_vectors_far_from_the_origin_keep_their_distance) {
  // |a|^2 - 2 a.b + |b|^2 would lose it.
  Random random(6);
  auto values = random.floats(40 * 17, 1000, 1000.01);
  const Padded a(40, 17, 0, values);
  CHECK_CLOSE(scores_of(a.view(), a.view(), Metric::euclidean),
              reference::similarity_matrix(a.view(), a.view(), Metric::euclidean), 1e-7, 1e-5);
}

TEST(nan_and_infinity_follow_arithmetic) {
  const Padded a(2, 2, 0, {1, 2, INFINITY, 1}), b(3, 2, 0, {NAN, 1, 3, 4, -INFINITY, 0});
  for (const Metric metric : kMetrics)
    CHECK_CLOSE(scores_of(a.view(), b.view(), metric), reference::similarity_matrix(a.view(), b.view(), metric), 1e-6,
                1e-6);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(7);
  const Padded a(37, 65, 0, random.floats(37 * 65)), b(300, 65, 0, random.floats(300 * 65));
  for (const Metric metric : kMetrics) CHECK_SAME_BITS(return doubles(scores_of(a.view(), b.view(), metric)));
}

TEST(vectors_of_different_lengths_are_refused) {
  const Padded a(1, 2, 0, {1, 2}), b(1, 3, 0, {1, 2, 3});
  CHECK_THROWS("ERR_SHAPE", "columns", scores_of(a.view(), b.view(), Metric::dot));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded a(1, 1, 0, {1});
  float out = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted", similarity_matrix(a.view(), a.view(), Metric::dot, &out, &abort));
}

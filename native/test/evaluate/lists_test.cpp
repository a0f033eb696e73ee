// What lists hold, where scores tie and where filters leave little.
#include "kindred/evaluate/lists.h"

#include <cmath>

#include "reference/evaluate/lists.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

const std::vector<int32_t> kLengths{1, 2, 10, 70};

struct Measured {
  std::vector<double> misses, exposures, sums;
};

// Totals begin as after other queries.
Measured measure(ConstMatrix scores, const ItemFilter& filter, const std::vector<int32_t>& lengths,
                 const std::vector<double>& values, const AbortFlag* abort = nullptr) {
  const int64_t count = scores.cols == 0 ? 0 : static_cast<int64_t>(values.size()) / scores.cols;
  const size_t totals = lengths.size() * scores.cols;
  Measured out{std::vector<double>(totals, 0.5), std::vector<double>(totals, 2.0),
               std::vector<double>(scores.rows * lengths.size() * count, -7.0)};
  measure_lists(scores, filter, lengths.data(), lengths.size(), values.data(), count,
                {out.misses.data(), out.exposures.data()}, out.sums.data(), abort);
  return out;
}

std::vector<double> similarities_of(ConstMatrix scores, const ItemFilter& filter, const std::vector<int32_t>& lengths,
                                    const ItemVectors& vectors, const AbortFlag* abort = nullptr) {
  std::vector<double> out(scores.rows * lengths.size(), -7.0);
  pair_similarities(scores, filter, lengths.data(), lengths.size(), vectors, inverse_lengths(vectors, nullptr).data(),
                    out.data(), abort);
  return out;
}

// Small integers, so that many tie; some NaN or infinite.
std::vector<float> tied_scores(Random& random, int64_t count, bool odd) {
  std::vector<float> scores = random.integers(count, -5, 5);
  if (odd)
    for (float& v : scores) {
      const int64_t kind = random.integer(0, 5);
      if (kind == 0) v = NAN;
      if (kind == 1) v = random.integer(0, 1) ? INFINITY : -INFINITY;
    }
  return scores;
}

}  // namespace

TEST(measures_equal_the_reference_with_every_filter) {
  Random random(1);
  for (const int64_t items : {0, 1, 2, 31, 63, 65, 129})
    for (const bool odd : {false, true}) {
      const int64_t queries = 6;
      const Padded scores(queries, items, 3, tied_scores(random, queries * items, odd));
      const auto values = doubles(random.floats(2 * items, -3, 3));
      for (const Filter& filter : filters(random, queries, items)) {
        const auto received = measure(scores.view(), filter.get(), kLengths, values);
        const int64_t count = items == 0 ? 0 : 2, lengths = static_cast<int64_t>(kLengths.size());
        std::vector<double> misses, exposures, sums(queries * lengths * count);
        for (int64_t n = 0; n < lengths; ++n) {
          const auto expected = reference::measure_lists(scores.view(), filter.get(), kLengths[n], values, count);
          for (const double miss : expected.misses) misses.push_back(0.5 * miss);
          for (const double exposure : expected.exposures) exposures.push_back(2 + exposure);
          for (int64_t q = 0; q < queries; ++q)
            for (int64_t v = 0; v < count; ++v) sums[(q * lengths + n) * count + v] = expected.sums[q * count + v];
        }
        CHECK_CLOSE(received.misses, misses, 1e-14, 0);
        CHECK_CLOSE(received.exposures, exposures, 1e-13, 0);
        CHECK_CLOSE(received.sums, sums, 1e-12, 0);
      }
    }
}

TEST(similarities_equal_the_reference_with_every_filter) {
  Random random(2);
  for (const int64_t items : {0, 1, 2, 33, 65})
    for (const int64_t dims : {0, 1, 7, 40}) {
      const int64_t queries = 4;
      const Padded scores(queries, items, 2, tied_scores(random, queries * items, true));
      std::vector<float> values = random.floats(items * dims);
      for (int64_t d = 0; d < dims && items > 1; ++d) values[d] = 0;  // the first vector has no direction
      const Padded dense(items, dims, 1, values);
      const ConstMatrix matrix = dense.view();
      Csr weighted = signed_csr(random, items, dims, 0.3), pattern = random_csr(random, items, dims, 0.3);
      pattern.values.clear();
      const CsrView weights = weighted.view(), ones = pattern.view();
      for (const ItemVectors& vectors : {ItemVectors{&matrix, nullptr}, {nullptr, &weights}, {nullptr, &ones}})
        for (const Filter& filter : filters(random, queries, items)) {
          const auto received = similarities_of(scores.view(), filter.get(), kLengths, vectors);
          std::vector<double> expected(received.size());
          for (size_t n = 0; n < kLengths.size(); ++n) {
            const auto column = reference::pair_similarities(scores.view(), filter.get(), kLengths[n], vectors);
            for (int64_t q = 0; q < queries; ++q) expected[q * kLengths.size() + n] = column[q];
          }
          CHECK_CLOSE(received, expected, 1e-11, 0);
        }
    }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const Padded scores(67, 257, 0, random.integers(67 * 257, 0, 30));
  const auto values = doubles(random.floats(3 * 257));
  const Padded vectors(257, 9, 0, random.floats(257 * 9));
  const ConstMatrix matrix = vectors.view();
  CHECK_SAME_BITS(return measure(scores.view(), {}, {1, 10, 100}, values).misses);
  CHECK_SAME_BITS(return measure(scores.view(), {}, {1, 10, 100}, values).exposures);
  CHECK_SAME_BITS(return measure(scores.view(), {}, {1, 10, 100}, values).sums);
  CHECK_SAME_BITS(return similarities_of(scores.view(), {}, {1, 10, 100}, {&matrix, nullptr}));
}

TEST(no_lengths_measure_nothing) {
  const Padded scores(1, 2, 0, {1, 2});
  const ConstMatrix vectors = scores.view();
  const Padded one(2, 1, 0, {1, 2});
  const ConstMatrix matrix = one.view();
  CHECK(measure(vectors, {}, {}, {1, 2}).sums.empty());
  CHECK(similarities_of(vectors, {}, {}, {&matrix, nullptr}).empty());
}

TEST(what_does_not_fit_is_refused) {
  const Padded scores(1, 2, 0, {1, 2}), short_vectors(1, 4, 0, {1, 2, 3, 4});
  const ConstMatrix matrix = short_vectors.view();
  CHECK_THROWS("ERR_VALUE", "lengths", measure(scores.view(), {}, {3, 0}, {}));
  CHECK_THROWS("ERR_SHAPE", "vectors", similarities_of(scores.view(), {}, {1}, {&matrix, nullptr}));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded scores(1, 1, 0, {1});
  const ConstMatrix matrix = scores.view();
  CHECK_THROWS("ERR_ABORTED", "aborted", measure(scores.view(), {}, {1}, {1}, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", similarities_of(scores.view(), {}, {1}, {&matrix, nullptr}, &abort));
}

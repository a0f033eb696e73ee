// Columns of a table as columns of a matrix.
#include "kindred/features/columns.h"

#include <cmath>

#include "reference/features/columns.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Three numbers, the last with a flag, and two categories, for `rows` rows: with NaN, outliers, codes missing and
// unseen.
struct Columns {
  Columns(Random& random, int64_t rows) : rows(rows) {
    const double odd[] = {NAN, 1e-310, -1e-40, 1e30, 0.0, -0.0, 1e-38, 3.4e38};
    for (auto& column : numbers)
      for (int64_t i = 0; i < rows; ++i)
        column.push_back(random.integer(0, 3) == 0 ? odd[random.integer(0, 7)] : random.uniform(-5, 5));
    for (auto& column : codes)
      for (int64_t i = 0; i < rows; ++i) column.push_back(static_cast<int32_t>(random.integer(-1, 3)));
    all = {number(0, 0, {nullptr, -4, 4, false, 0.5, 0.25, 3, -INFINITY, INFINITY, false}),
           number(1, 1, {nullptr, -INFINITY, INFINITY, false, 1, 0, 1, -1, 1, false}),
           number(2, 2, {nullptr, -3, 2, true, NAN, 1, 0.125, -INFINITY, INFINITY, true}), category(0, 4, 4, spread),
           category(1, 8, 1, together)};
  }
  FeatureColumn number(int at, int64_t first, NumberColumn column) const {
    column.values = numbers[at].data();
    return {first, column.flag ? 2 : 1, true, column, {}};
  }
  FeatureColumn category(int at, int64_t first, int64_t width, const int32_t* places) const {
    return {first, width, false, {}, {codes[at].data(), places, weights, unseen, 5}};
  }
  std::vector<float> fill() const {
    std::vector<float> out(rows * kCols, 0.0f);
    counts = fill_features({out.data(), rows, kCols}, all, nullptr);
    return out;
  }

  static constexpr int64_t kCols = 10;  // the last is nobody's
  const int64_t rows;
  std::vector<double> numbers[3];
  std::vector<int32_t> codes[2];
  const int32_t spread[5] = {-1, 0, 1, 2, 3}, together[5] = {0, 0, 0, 0, 0};
  const float weights[5] = {-1, 1, 0.5, -2, 7};
  const uint8_t unseen[5] = {0, 0, 0, 1, 0};
  std::vector<FeatureColumn> all;
  mutable std::vector<FeatureCounts> counts;
};

}  // namespace

TEST(equals_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 31, 33, 1023, 1025, 4095, 4097, 9000}) {
    const Columns columns(random, rows);
    const auto received = columns.fill();
    std::vector<float> expected(received.size(), 0.0f);
    const auto counts = reference::fill_features({expected.data(), rows, Columns::kCols}, columns.all);
    CHECK_CLOSE(received, expected, 0, 0);
    for (size_t i = 0; i < received.size(); ++i) CHECK_EQUAL(std::signbit(received[i]), std::signbit(expected[i]));
    for (size_t c = 0; c < counts.size(); ++c) {
      CHECK_EQUAL(columns.counts[c].missing, counts[c].missing);
      CHECK_EQUAL(columns.counts[c].odd, counts[c].odd);
    }
    if (rows > 1000) {
      CHECK(counts[2].missing > counts[0].missing);
      CHECK(counts[3].missing > 0 && counts[3].odd > 0);
    }
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(2);
  const Columns columns(random, 20000);
  CHECK_SAME_BITS(return doubles(columns.fill()));
}

TEST(what_does_not_fit_is_refused) {
  Random random(3);
  Columns columns(random, 3);
  std::vector<float> out(3 * Columns::kCols);
  const auto filled = [&] { fill_features({out.data(), 3, Columns::kCols}, columns.all, nullptr); };
  columns.all[4].first = 10;
  CHECK_THROWS("ERR_SHAPE", "within the 10", filled());
  columns.all[4].first = -1;
  CHECK_THROWS("ERR_SHAPE", "within the 10", filled());
  columns.all[4].first = 8;
  columns.all[3].width = 3;
  CHECK_THROWS("ERR_VALUE", "from -1 to 2", filled());
  columns.all[3].width = 4;
  columns.all[2].width = 1;
  CHECK_THROWS("ERR_SHAPE", "two with a flag", filled());
  columns.all[2].width = 2;
  for (const int32_t code : {-2, 4, 2147483647}) {
    columns.codes[1][1] = code;
    CHECK_THROWS("ERR_VALUE", "from -1 to 3", filled());
  }
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(4);
  const Columns columns(random, 2);
  std::vector<float> out(2 * Columns::kCols);
  CHECK_THROWS("ERR_ABORTED", "aborted", fill_features({out.data(), 2, Columns::kCols}, columns.all, &abort));
}

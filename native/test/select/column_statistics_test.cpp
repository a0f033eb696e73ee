#include "kindred/select/column_statistics.h"

#include <cmath>
#include <limits>

#include "kindred/linear/columns.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

TEST(moments_are_those_of_each_column) {
  Random random(1);
  for (const int64_t rows : {1, 33, 1025})
    for (const int64_t cols : {0, 1, 63, 65, 129}) {
      const Padded x(rows, cols, 2, random.floats(rows * cols, 3, 5));
      const std::vector<double> y = doubles(random.floats(rows));
      std::vector<double> means(cols, 0.0), variances(cols, 0.0), covariances(cols, 0.0);
      double mean = 0;
      for (const double v : y) mean += v / static_cast<double>(rows);
      for (int64_t c = 0; c < cols; ++c) {
        for (int64_t r = 0; r < rows; ++r) means[c] += x.view().row(r)[c] / static_cast<double>(rows);
        for (int64_t r = 0; r < rows; ++r) {
          const double from_mean = x.view().row(r)[c] - means[c];
          variances[c] += from_mean * from_mean / static_cast<double>(rows);
          covariances[c] += from_mean * (y[r] - mean) / static_cast<double>(rows);
        }
      }
      const TargetMoments found = target_moments(x.view(), y.data(), nullptr);
      CHECK_CLOSE(found.means, means, 1e-12, 1e-12);
      CHECK_CLOSE(found.variances, variances, 1e-12, 1e-12);
      CHECK_CLOSE(found.covariances, covariances, 1e-12, 1e-12);
      CHECK(target_moments(x.view(), nullptr, nullptr).covariances.empty());
    }
}

TEST(sums_by_class_are_those_of_their_rows) {
  Random random(2);
  const int64_t rows = 200, cols = 70;
  const std::vector<float> values = random.floats(rows * cols, 0, 3);
  std::vector<int32_t> classes(rows);
  for (int32_t& c : classes) c = static_cast<int32_t>(random.integer(0, 4));
  const ClassSums found = class_sums({values.data(), rows, cols}, classes.data(), 6, true, nullptr);
  std::vector<double> counts(6, 0.0), sums(6 * cols, 0.0), within(cols, 0.0);
  for (int64_t r = 0; r < rows; ++r) {
    counts[classes[r]] += 1;
    for (int64_t c = 0; c < cols; ++c) sums[classes[r] * cols + c] += values[r * cols + c];
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      within[c] += std::pow(values[r * cols + c] - sums[classes[r] * cols + c] / counts[classes[r]], 2);
  CHECK_CLOSE(found.counts, counts, 0, 0);
  CHECK_CLOSE(found.sums, sums, 1e-9, 1e-12);
  CHECK_CLOSE(found.within, within, 1e-9, 1e-12);
}

TEST(later_columns_go_where_an_earlier_one_says_the_same) {
  Random random(3);
  const int64_t rows = 5000, cols = 300;
  std::vector<float> values = random.floats(rows * cols);
  for (int64_t r = 0; r < rows; ++r) {
    float* const row = values.data() + r * cols;
    row[7] = -2 * row[3] + 5;               // goes with 3
    row[290] = row[3] + 0.001f * row[290];  // in another block
    row[8] = row[7] + 0.5f * row[9];        // goes with 3 too, which is kept
    row[20] = 4;                            // constant
    row[21] = 4;
  }
  std::vector<float> columns(rows * cols);
  write_columns({values.data(), rows, cols}, nullptr, rows, true, true, columns.data(), nullptr);
  const CorrelatedColumns found = correlated_columns(columns.data(), cols, rows, 0.95, nullptr);
  for (int64_t c = 0; c < cols; ++c) CHECK_EQUAL(found.earlier[c], c == 7 || c == 8 || c == 290 ? 3 : -1);
  CHECK_CLOSE(std::vector<double>{found.correlations[7]}, std::vector<double>{-1}, 1e-6, 0);
  CHECK(found.correlations[290] > 0.999 && found.correlations[290] <= 1);
  CHECK_SAME_BITS(return correlated_columns(columns.data(), cols, rows, 0.95, nullptr).correlations);
}

TEST(columns_are_taken_in_the_order_asked_for) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const std::vector<int32_t> columns = {2, 0, 2};
  std::vector<float> out(6);
  take_columns({values.data(), 2, 3}, columns.data(), 3, out.data(), nullptr);
  CHECK(out == (std::vector<float>{3, 1, 3, 6, 4, 6}));
  const int32_t beyond = 3;
  CHECK_THROWS("ERR_SHAPE", "received 3", take_columns({values.data(), 2, 3}, &beyond, 1, out.data(), nullptr));
}

TEST(filters_refuse_what_they_cannot_use) {
  std::vector<float> values = {1, 2, 3, -4};
  const std::vector<int32_t> classes = {0, 1};
  const int32_t beyond[] = {0, 2};
  CHECK_THROWS("ERR_VALUE", "row 1 holds -4.000000 in column 1",
               class_sums({values.data(), 2, 2}, classes.data(), 2, true, nullptr));
  CHECK_THROWS("ERR_SHAPE", "row 1 has 2", class_sums({values.data(), 2, 2}, beyond, 2, false, nullptr));
  CHECK_THROWS("ERR_SHAPE", "the 2 rows, but received 3",
               class_sums({values.data(), 2, 2}, classes.data(), 3, false, nullptr));
  values[2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS("ERR_VALUE", "row 1 holds nan in column 0", target_moments({values.data(), 2, 2}, nullptr, nullptr));
  CHECK_THROWS("ERR_VALUE", "row 1 holds nan in column 0",
               class_sums({values.data(), 2, 2}, classes.data(), 2, false, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", target_moments({values.data(), 2, 2}, nullptr, &abort));
}

#include <cmath>
#include <limits>

#include "kindred/linear/columns.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Written {
  std::vector<float> columns;
  ColumnStatistics statistics;
};

Written write(ConstMatrix x, const std::vector<int32_t>& rows, bool center, bool standardize) {
  Written out{std::vector<float>(x.cols * rows.size()), {}};
  out.statistics = write_columns(x, rows.data(), static_cast<int64_t>(rows.size()), center, standardize,
                                 out.columns.data(), nullptr);
  return out;
}

}  // namespace

TEST(columns_are_those_of_the_rows_asked_for) {
  Random random(1);
  for (const int64_t rows : {1, 2, 33, 255, 257, 1025})
    for (const int64_t cols : {0, 1, 31, 63, 64, 65, 129})
      for (const bool center : {false, true})
        for (const bool standardize : {false, true}) {
          const Padded x(rows, cols, 3, random.floats(rows * cols, -2, 9));
          std::vector<int32_t> some;
          for (int64_t r = rows - 1; r >= 0; r -= 2) some.push_back(static_cast<int32_t>(r));
          const Written out = write(x.view(), some, center, standardize);
          const auto n = static_cast<double>(some.size());
          std::vector<double> columns(cols * some.size()), means(cols, 0.0), scales(cols, 1.0), squares(cols, 0.0);
          for (int64_t c = 0; c < cols; ++c) {
            double mean = 0, variance = 0;
            for (const int32_t r : some) mean += x.view().row(r)[c] / n;
            for (const int32_t r : some) variance += std::pow(x.view().row(r)[c] - mean, 2) / n;
            if (center) means[c] = mean;
            if (standardize && variance > 0) scales[c] = std::sqrt(variance);
            for (size_t r = 0; r < some.size(); ++r) {
              const double value = (x.view().row(some[r])[c] - means[c]) / scales[c];
              columns[c * some.size() + r] = value;
              squares[c] += value * value;
            }
          }
          CHECK_CLOSE(out.columns, columns, 1e-6, 1e-6);
          CHECK_CLOSE(out.statistics.means, means, 1e-12, 1e-12);
          CHECK_CLOSE(out.statistics.scales, scales, 1e-6, 1e-6);
          CHECK_CLOSE(out.statistics.squares, squares, 1e-5, 1e-5);
        }
}

TEST(a_constant_column_is_not_scaled_up) {
  const std::vector<float> values(100, 0.1f);
  std::vector<float> columns(100);
  const auto statistics =
      write_columns(ConstMatrix(values.data(), 100, 1), nullptr, 100, true, true, columns.data(), nullptr);
  CHECK_EQUAL(statistics.scales[0], 1.0);
  for (const float value : columns) CHECK(std::fabs(value) < 1e-7f);
}

TEST(numbers_that_are_not_finite_and_rows_that_are_not_there_are_refused) {
  std::vector<float> values(6, 1.0f), columns(6);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  const ConstMatrix x(values.data(), 3, 2);
  CHECK_THROWS("ERR_VALUE", "row 2 holds nan in column 1",
               write_columns(x, nullptr, 3, true, false, columns.data(), nullptr));
  const int32_t rows[] = {0, 3};
  CHECK_THROWS("ERR_SHAPE", "received 3", write_columns(x, rows, 2, true, false, columns.data(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "all rows", write_columns(x, nullptr, 2, true, false, columns.data(), nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", write_columns(x, rows, 1, true, false, columns.data(), &abort));
}

TEST(predictions_are_sums_in_double) {
  Random random(2);
  for (const int64_t cols : kSizes) {
    const Padded x(37, cols, 2, random.floats(37 * cols));
    std::vector<double> weights(cols), expected(37, 0.5);
    for (double& w : weights) w = random.uniform(-1, 1);
    for (int64_t r = 0; r < 37; ++r)
      for (int64_t c = 0; c < cols; ++c) expected[r] += weights[c] * x.view().row(r)[c];
    std::vector<float> out(37);
    linear_predict(x.view(), weights.data(), 0.5, out.data(), nullptr);
    CHECK_CLOSE(out, expected, 1e-6, 1e-6);
  }
}

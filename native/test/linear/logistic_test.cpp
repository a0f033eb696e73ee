#include "kindred/linear/logistic.h"

#include <algorithm>
#include <cmath>

#include "kindred/linear/columns.h"
#include "reference/linear/linear.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Data {
  Data(Random& random, int64_t rows, int64_t cols) : rows(rows), cols(cols), y(rows) {
    values = random.floats(rows * cols, -1, 2);
    for (int64_t r = 0; r < rows; ++r) {
      double margin = random.uniform(-2, 2) - 0.3;
      for (int64_t c = 0; c < cols; c += 4) margin += (c % 3 - 0.8) * values[r * cols + c];
      y[r] = margin > 0;
    }
    if (rows > 1) y[0] = 1 - y[1];
  }
  ConstMatrix x() const { return {values.data(), rows, cols}; }

  int64_t rows, cols;
  std::vector<float> values;
  std::vector<double> y;
};

struct Fit {
  explicit Fit(const Data& data)
      : columns(data.rows * data.cols),
        order(data.cols),
        weights(data.cols, 0.0),
        gradients(data.cols),
        margins(data.rows, 0.0) {
    write_columns(data.x(), nullptr, data.rows, false, false, columns.data(), nullptr);
    for (int64_t j = 0; j < data.cols; ++j) order[j] = static_cast<int32_t>(j);
    state = {data.rows,    data.cols,      columns.data(),   data.y.data(),
             order.data(), weights.data(), gradients.data(), margins.data()};
    logistic_begin(state, nullptr);
  }
  std::vector<double> by_column(double intercept) const {
    std::vector<double> out(weights.size() + 1, intercept);
    for (size_t p = 0; p < weights.size(); ++p) out[order[p]] = weights[p];
    return out;
  }

  std::vector<float> columns;
  std::vector<int32_t> order;
  std::vector<double> weights, gradients, margins;
  LogisticState state;
};

}  // namespace

TEST(logistic_weights_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {2, 33, 200})
    for (const int64_t cols : {0, 1, 15, 17, 33, 70})
      for (const double share : {0.5, 0.05})
        for (const bool intercept : {false, true}) {
          const Data data(random, rows, cols);
          const double l1 = share * 0.1 * static_cast<double>(rows) + 0.05;
          const auto expected = reference::logistic_l1(data.x(), data.y, l1, intercept, 20000);
          Fit fit(data);
          const auto result = logistic_l1(fit.state, {l1, 1e30, intercept, 1e-9, 200}, nullptr);
          CHECK(result.converged);
          auto weights = expected.weights;
          weights.push_back(expected.intercept);
          CHECK_CLOSE(fit.by_column(result.intercept), weights, 1e-4, 1e-4);
        }
}

TEST(a_path_of_logistic_fits_ends_where_a_single_one_does) {
  Random random(2);
  const Data data(random, 300, 120);
  Fit path(data), single(data);
  double l1 = 100, previous = 1e30, intercept = 0;
  int64_t known = 0;
  for (int step = 0; step < 30; ++step, previous = l1, l1 *= 0.88) {
    const auto result = logistic_l1(path.state, {l1, previous, true, 1e-8, 100}, nullptr);
    CHECK(result.converged);
    intercept = result.intercept;
    known = result.known;
  }
  CHECK(known < 120);
  const auto result = logistic_l1(single.state, {previous, 1e30, true, 1e-8, 100}, nullptr);
  CHECK_CLOSE(path.by_column(intercept), single.by_column(result.intercept), 1e-5, 1e-5);
}

TEST(logistic_tells_too_few_steps_refuses_options_and_stops_when_aborted) {
  Random random(3);
  const Data data(random, 100, 20);
  Fit fit(data);
  CHECK(!logistic_l1(fit.state, {0.1, 1e30, true, 1e-12, 1}, nullptr).converged);
  CHECK_THROWS("ERR_VALUE", "penalty", logistic_l1(fit.state, {-1, 1e30}, nullptr));
  CHECK_THROWS("ERR_VALUE", "from large", logistic_l1(fit.state, {2, 1}, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", logistic_l1(fit.state, {1, 1e30, true, 1e-6, 10}, &abort));
}

TEST(logistic_gives_the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Data data(random, 2500, 60);
  CHECK_SAME_BITS(Fit fit(data); const auto result = logistic_l1(fit.state, {3, 1e30, true, 1e-6, 100}, nullptr);
                  return fit.by_column(result.intercept));
}

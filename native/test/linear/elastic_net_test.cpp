#include "kindred/linear/elastic_net.h"

#include <algorithm>
#include <cmath>

#include "kindred/linear/columns.h"
#include "reference/linear/linear.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A table, and a target that some of its columns make up, with noise.
struct Data {
  Data(Random& random, int64_t rows, int64_t cols, double noise) : rows(rows), cols(cols), y(rows) {
    values = random.floats(rows * cols, -1, 1);
    for (int64_t r = 0; r < rows; ++r) {
      y[r] = random.uniform(-noise, noise) + 0.5;
      for (int64_t c = 0; c < cols; c += 5) y[r] += (c % 3 - 0.9) * values[r * cols + c];
      // columns that are much alike
      if (cols > 2) values[r * cols + 2] = values[r * cols + 1] + 0.1f * values[r * cols + 2];
    }
  }
  ConstMatrix x() const { return {values.data(), rows, cols}; }

  int64_t rows, cols;
  std::vector<float> values;
  std::vector<double> y;
};

struct Fit {
  Fit(const Data& data, bool with_gram)
      : columns(data.rows * data.cols),
        gram(with_gram ? data.cols * data.cols : 0),
        order(data.cols),
        correlations(data.cols),
        weights(data.cols, 0.0),
        gradients(data.cols),
        target(data.y),
        residual(data.rows) {
    statistics = write_columns(data.x(), nullptr, data.rows, true, false, columns.data(), nullptr);
    double mean = 0;
    for (const double y : target) mean += y / static_cast<double>(data.rows);
    for (double& y : target) y -= mean;
    for (int64_t j = 0; j < data.cols; ++j) order[j] = static_cast<int32_t>(j);
    state = {data.rows,
             data.cols,
             columns.data(),
             target.data(),
             with_gram ? gram.data() : nullptr,
             order.data(),
             statistics.squares.data(),
             correlations.data(),
             weights.data(),
             gradients.data(),
             residual.data()};
    elastic_net_begin(state, nullptr);
  }

  std::vector<double> by_column() const {
    std::vector<double> out(weights.size());
    for (size_t p = 0; p < out.size(); ++p) out[order[p]] = weights[p];
    return out;
  }
  double largest_l1() const {
    double largest = 0;
    for (const double g : gradients) largest = std::max(largest, std::fabs(g));
    return largest;
  }

  std::vector<float> columns, gram;
  std::vector<int32_t> order;
  std::vector<double> correlations, weights, gradients, target, residual;
  ColumnStatistics statistics;
  ElasticNetState state;
};

ElasticNetSettings settings(double l1, double l2, bool positive) {
  return {l1, l2, 1e30, positive, 1e-13, 100000, true};
}

}  // namespace

TEST(weights_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {1, 2, 33, 150})
    for (const int64_t cols : {0, 1, 2, 31, 33, 64, 65, 130})
      for (const double l2 : {0.5, 4.0})
        for (const bool positive : {false, true}) {
          const Data data(random, rows, cols, 0.3);
          const double largest = Fit(data, false).largest_l1();
          for (const double share : {0.7, 0.1, 0.01}) {
            const auto expected = reference::elastic_net(data.x(), data.y, share * largest, l2, true, positive, 3000);
            for (const bool with_gram : {false, true}) {
              Fit fit(data, with_gram);
              const auto result = elastic_net(fit.state, settings(share * largest, l2, positive), nullptr);
              CHECK(result.converged);
              CHECK_CLOSE(fit.by_column(), expected.weights, 2e-5, 1e-5);
            }
          }
        }
}

TEST(a_path_ends_where_a_single_fit_does) {
  Random random(2);
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{400, 300}, {60, 300}})
    for (const bool with_gram : {false, true}) {
      const Data data(random, rows, cols, 0.5);
      Fit path(data, with_gram), single(data, with_gram);
      const double largest = path.largest_l1();
      double previous = 1e30, l1 = largest;
      int64_t most = 0;
      for (int step = 0; step < 40; ++step, previous = l1, l1 *= 0.9) {
        ElasticNetSettings options = settings(l1, 0.1, false);
        options.previous_l1 = previous;
        const auto result = elastic_net(path.state, options, nullptr);
        CHECK(result.converged);
        most = std::max(most, result.known);
      }
      CHECK(most < cols);  // screening leaves something out
      elastic_net(single.state, settings(previous, 0.1, false), nullptr);
      CHECK_CLOSE(path.by_column(), single.by_column(), 1e-5, 1e-5);
    }
}

TEST(the_minimum_satisfies_its_conditions_by_the_table) {
  Random random(3);
  const Data data(random, 500, 220, 2);
  Fit fit(data, true);
  const double l1 = 0.02 * fit.largest_l1(), l2 = 1;
  elastic_net(fit.state, settings(l1, l2, false), nullptr);
  const std::vector<double> weights = fit.by_column();
  std::vector<double> residual = fit.target;
  for (int64_t r = 0; r < data.rows; ++r)
    for (int64_t c = 0; c < data.cols; ++c)
      residual[r] -= weights[c] * (data.values[r * data.cols + c] - fit.statistics.means[c]);
  double worst = 0;
  for (int64_t c = 0; c < data.cols; ++c) {
    double gradient = -l2 * weights[c];
    for (int64_t r = 0; r < data.rows; ++r)
      gradient += residual[r] * (data.values[r * data.cols + c] - fit.statistics.means[c]);
    worst = std::max(worst,
                     weights[c] != 0 ? std::fabs(gradient - std::copysign(l1, weights[c])) : std::fabs(gradient) - l1);
  }
  CHECK(worst < 1e-4 * l1);
}

TEST(columns_that_correlate_have_the_weights_of_the_reference) {
  Random random(8);
  Data data(random, 300, 60, 0.3);
  std::fill(data.y.begin(), data.y.end(), 0.0);
  for (int64_t r = 0; r < data.rows; ++r) {
    const std::vector<float> own = random.floats(data.cols + 1, -1, 1);
    for (int64_t c = 0; c < data.cols; ++c) {
      data.values[r * data.cols + c] = own[c] + own[data.cols];
      if (c % 2 == 0) data.y[r] += static_cast<double>(c % 7 - 3) * data.values[r * data.cols + c];
    }
  }
  for (const bool positive : {false, true})
    for (const bool with_gram : {false, true}) {
      Fit fit(data, with_gram);
      const double l1 = 1e-3 * fit.largest_l1();
      const auto expected = reference::elastic_net(data.x(), data.y, l1, 0, true, positive, 5000);
      const auto result = elastic_net(fit.state, {l1, 0, 1e30, positive, 1e-9, 3000, true}, nullptr);
      CHECK(result.converged);
      CHECK_CLOSE(fit.by_column(), expected.weights, 1e-3, 1e-3);
    }
}

TEST(too_few_sweeps_are_told) {
  Random random(4);
  const Data data(random, 200, 50, 1);
  for (const bool with_gram : {false, true}) {
    Fit fit(data, with_gram);
    ElasticNetSettings options = settings(1e-3 * fit.largest_l1(), 0, false);
    options.iterations = 1;
    const auto result = elastic_net(fit.state, options, nullptr);
    CHECK(!result.converged);
    CHECK(result.gap > 0);
    CHECK_EQUAL(result.sweeps, int64_t{1});
  }
}

TEST(a_target_of_nothing_and_columns_of_nothing) {
  Random random(5);
  Data data(random, 40, 3, 1);
  for (int64_t r = 0; r < 40; ++r) data.values[r * 3] = 7;
  for (const bool with_gram : {false, true}) {
    Fit fit(data, with_gram);
    CHECK(elastic_net(fit.state, settings(0.01, 0, false), nullptr).converged);
    const std::vector<double> weights = fit.by_column();
    CHECK_EQUAL(weights[0], 0.0);
  }
  std::fill(data.y.begin(), data.y.end(), 3.0);
  Fit fit(data, true);
  CHECK(elastic_net(fit.state, settings(0.01, 0, false), nullptr).converged);
  CHECK_CLOSE(fit.weights, std::vector<double>(3, 0.0), 0, 0);
}

TEST(elastic_net_refuses_options_out_of_range_and_stops_when_aborted) {
  Random random(6);
  const Data data(random, 20, 4, 1);
  Fit fit(data, true);
  CHECK_THROWS("ERR_VALUE", "penalties", elastic_net(fit.state, settings(-1, 0, false), nullptr));
  CHECK_THROWS("ERR_VALUE", "from large", elastic_net(fit.state, {2, 0, 1}, nullptr));
  CHECK_THROWS("ERR_VALUE", "iterations", elastic_net(fit.state, {1, 0, 1, false, 0, 0}, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", elastic_net(fit.state, settings(0.01, 0, false), &abort));
}

TEST(elastic_net_gives_the_same_bits_for_any_number_of_threads) {
  Random random(7);
  const Data data(random, 3000, 150, 2);
  for (const bool with_gram : {false, true})
    CHECK_SAME_BITS(Fit fit(data, with_gram);
                    elastic_net(fit.state, {0.01 * fit.largest_l1(), 0.3, 1e30, false, 1e-8, 1000, false}, nullptr);
                    return fit.by_column());
}

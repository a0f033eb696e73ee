#include "kindred/linalg/canonical_correlation.h"

#include <cmath>

#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Sides {
  std::vector<float> x, y;
  int64_t rows, p, q;
  ConstMatrix X() const { return {x.data(), rows, p}; }
  ConstMatrix Y() const { return {y.data(), rows, q}; }
};

// y's first columns are x's first columns with noise of the given reach, the rest is independent.
Sides related(Random& random, int64_t rows, int64_t p, int64_t q, const std::vector<double>& noise) {
  Sides out{random.floats(rows * p, 2, 4), random.floats(rows * q, -1, 1), rows, p, q};
  for (int64_t r = 0; r < rows; ++r)
    for (size_t k = 0; k < noise.size(); ++k)
      out.y[r * q + k] = static_cast<float>(noise[k] * out.y[r * q + k] + 3 * out.x[r * p + k]);
  return out;
}

// (x - mean) weights [rows, count]
std::vector<double> variates(ConstMatrix x, const std::vector<double>& mean, const std::vector<float>& weights,
                             int64_t count) {
  std::vector<double> out(x.rows * count, 0.0);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c)
      for (int64_t k = 0; k < count; ++k) out[r * count + k] += (x.row(r)[c] - mean[c]) * weights[c * count + k];
  return out;
}

// [count, count]: covariances of columns
std::vector<double> covariance(const std::vector<double>& a, const std::vector<double>& b, int64_t rows,
                               int64_t count) {
  std::vector<double> out(count * count, 0.0);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < count; ++j)
        out[i * count + j] += a[r * count + i] * b[r * count + j] / static_cast<double>(rows - 1);
  return out;
}

}  // namespace

TEST(variates_have_unit_variance_and_correlate_only_in_pairs) {
  Random random(1);
  for (const auto& [p, q] : {std::pair<int64_t, int64_t>{7, 5}, {5, 7}, {6, 6}}) {
    const Sides sides = related(random, 400, p, q, {0.5, 1, 3});
    const int64_t count = 5;
    const CanonicalCorrelation fit = canonical_correlation(sides.X(), sides.Y(), count, 0, 0, nullptr);
    const auto u = variates(sides.X(), fit.x_mean, fit.x_weights, count);
    const auto v = variates(sides.Y(), fit.y_mean, fit.y_weights, count);
    std::vector<double> identity(count * count, 0.0), expected(count * count, 0.0);
    for (int64_t k = 0; k < count; ++k) identity[k * (count + 1)] = 1;
    for (int64_t k = 0; k < count; ++k) expected[k * (count + 1)] = fit.correlations[k];
    CHECK_CLOSE(covariance(u, u, 400, count), identity, 1e-5, 0);
    CHECK_CLOSE(covariance(v, v, 400, count), identity, 1e-5, 0);
    CHECK_CLOSE(covariance(u, v, 400, count), expected, 1e-5, 0);
    for (int64_t k = 1; k < count; ++k) CHECK(fit.correlations[k - 1] >= fit.correlations[k]);
    CHECK(fit.correlations[0] > 0.95 && fit.correlations[0] <= 1);
  }
}

TEST(one_column_correlates_as_regression_explains_it) {
  // Of one y, the squared correlation is R^2 of the regression of y on x.
  Random random(2);
  const Sides sides = related(random, 300, 4, 1, {2});
  const CanonicalCorrelation fit = canonical_correlation(sides.X(), sides.Y(), 1, 0, 0, nullptr);
  const reference::Ridge ridge = reference::ridge(sides.X(), sides.Y(), nullptr, 0);
  double mean = 0, residual = 0, total = 0;
  for (const float y : sides.y) mean += y / 300.0;
  for (int64_t r = 0; r < 300; ++r) {
    double predicted = ridge.intercept[0];
    for (int64_t c = 0; c < 4; ++c) predicted += ridge.weights[c] * sides.X().row(r)[c];
    residual += (sides.y[r] - predicted) * (sides.y[r] - predicted);
    total += (sides.y[r] - mean) * (sides.y[r] - mean);
  }
  CHECK(std::fabs(fit.correlations[0] * fit.correlations[0] - (1 - residual / total)) < 1e-6);
}

TEST(what_does_not_vary_gets_no_weight_and_a_ridge_lowers_correlations) {
  Random random(3);
  Sides sides = related(random, 200, 4, 4, {1, 1});
  for (int64_t r = 0; r < 200; ++r) {
    sides.x[r * 4 + 3] = 7;                       // constant
    sides.x[r * 4 + 2] = 2 * sides.x[r * 4 + 1];  // the same twice
  }
  const CanonicalCorrelation fit = canonical_correlation(sides.X(), sides.Y(), 4, 0, 0, nullptr);
  CHECK(fit.correlations[1] > 0);
  for (int64_t k = 2; k < 4; ++k) {
    CHECK_EQUAL(fit.correlations[k], 0.0);
    for (int64_t c = 0; c < 4; ++c) CHECK_EQUAL(fit.x_weights[c * 4 + k], 0.0f);
  }
  for (const float weight : fit.x_weights) CHECK(std::isfinite(weight));
  const CanonicalCorrelation ridged = canonical_correlation(sides.X(), sides.Y(), 4, 0.5, 0.5, nullptr);
  CHECK(ridged.correlations[0] < fit.correlations[0]);
}

TEST(canonical_correlation_is_the_same_for_any_number_of_threads_and_refuses_nonsense) {
  Random random(4);
  const Sides sides = related(random, 3000, 9, 8, {1, 1});
  CHECK_SAME_BITS(return doubles(canonical_correlation(sides.X(), sides.Y(), 8, 0.1, 0.1, nullptr).y_weights));
  CHECK_THROWS("ERR_VALUE", "from 1 to 8", canonical_correlation(sides.X(), sides.Y(), 9, 0, 0, nullptr));
  CHECK_THROWS("ERR_SHAPE", "same number",
               canonical_correlation({sides.x.data(), 10, 9}, {sides.y.data(), 11, 8}, 1, 0, 0, nullptr));
  CHECK_THROWS("ERR_SHAPE", "at least 2",
               canonical_correlation({sides.x.data(), 1, 9}, {sides.y.data(), 1, 8}, 1, 0, 0, nullptr));
}

#include "kindred/linalg/normal_equations.h"

#include <cmath>
#include <limits>

#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// x'x + n I from random values: positive definite [n, n].
std::vector<double> positive_definite(Random& random, int64_t n) {
  std::vector<double> x(n * n), a(n * n, 0.0);
  for (double& v : x) v = random.uniform(-1, 1);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t k = 0; k < n; ++k) a[i * n + j] += x[k * n + i] * x[k * n + j];
      if (i == j) a[i * n + j] += static_cast<double>(n);
    }
  return a;
}

std::vector<double> flat(const Ridge& fit) {
  std::vector<double> values(fit.weights.begin(), fit.weights.end());
  values.insert(values.end(), fit.intercept.begin(), fit.intercept.end());
  return values;
}

void check_ridge(ConstMatrix x, ConstMatrix y, const float* row_weights, double regularization) {
  const Ridge received = ridge(x, y, row_weights, regularization, nullptr);
  const auto expected = reference::ridge(x, y, row_weights, regularization);
  CHECK_CLOSE(received.weights, expected.weights, 1e-6, 1e-5);
  CHECK_CLOSE(received.intercept, expected.intercept, 1e-5, 1e-5);
}

}  // namespace

TEST(gram_equals_the_reference_and_is_symmetric) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 31, 65, 1023, 5000})
    for (const int64_t cols : {0, 1, 2, 3, 31, 33, 64, 65, 130}) {
      const Padded x(rows, cols, 3, random.floats(rows * cols));
      const auto g = gram(x.view(), nullptr);
      CHECK_CLOSE(g, reference::gram(x.view()), 1e-11, 1e-12);
      for (int64_t i = 0; i < cols; ++i)
        for (int64_t j = 0; j < i; ++j) CHECK(g[i * cols + j] == g[j * cols + i]);
    }
}

TEST(gram_of_many_rows) {
  Random random(7);
  const Padded x(40000, 3, 1, random.floats(40000 * 3));
  CHECK_CLOSE(gram(x.view(), nullptr), reference::gram(x.view()), 1e-10, 1e-12);
}

TEST(gram_sums_in_double) {
  const Padded x(3, 1, 0, {1e5f, 1, 1});
  CHECK_CLOSE(gram(x.view(), nullptr), (std::vector<double>{1e10 + 2}), 0, 0);
}

TEST(cross_gram_equals_the_reference) {
  Random random(2);
  for (const int64_t rows : {0, 1, 33, 1025})
    for (const int64_t m : {0, 1, 3, 33, 129})
      for (const int64_t n : {0, 1, 2, 31, 65}) {
        const Padded x(rows, m, 1, random.floats(rows * m)), y(rows, n, 2, random.floats(rows * n));
        CHECK_CLOSE(cross_gram(x.view(), y.view(), nullptr), reference::cross_gram(x.view(), y.view()), 1e-11, 1e-12);
      }
}

TEST(cholesky_factors_and_solves) {
  Random random(3);
  for (const int64_t n : {0, 1, 2, 3, 31, 33, 64, 65, 130}) {
    const auto a = positive_definite(random, n);
    auto factor = a;
    for (int64_t i = 0; i < n; ++i)  // only the lower triangle is read and written
      for (int64_t j = i + 1; j < n; ++j) factor[i * n + j] = NAN;
    CHECK_EQUAL(cholesky_factor(factor.data(), n), int64_t{-1});
    const auto expected = reference::cholesky(a, n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        const double value = factor[i * n + j];
        CHECK(j > i ? std::isnan(value) : std::fabs(value - expected[i * n + j]) < 1e-11 * static_cast<double>(n));
      }
    for (const int64_t count : {0, 1, 3, 33}) {
      std::vector<double> b(count * n), columns(n * count);  // [count, n] and [n, count]
      for (int64_t k = 0; k < count; ++k)
        for (int64_t i = 0; i < n; ++i) columns[i * count + k] = b[k * n + i] = random.uniform(-1, 1);
      cholesky_solve(factor.data(), n, b.data(), count);
      const auto solution = reference::solve(a, n, columns, count);
      for (int64_t k = 0; k < count; ++k)
        for (int64_t i = 0; i < n; ++i) CHECK(std::fabs(b[k * n + i] - solution[i * count + k]) < 1e-12);
    }
  }
}

TEST(the_first_pivot_that_is_not_positive_is_named) {
  for (const int64_t n : {1, 3, 33, 65, 130})
    for (const int64_t bad : {int64_t{0}, n / 2, n - 1})
      for (const double pivot : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        std::vector<double> a(n * n, 0.0);
        for (int64_t i = 0; i < n; ++i) a[i * n + i] = i >= bad ? pivot : 4;
        CHECK_EQUAL(cholesky_factor(a.data(), n), bad);
      }
}

TEST(ridge_equals_the_normal_equations) {
  Random random(4);
  for (const int64_t rows : {1, 2, 33, 129, 1025})
    for (const int64_t cols : {0, 1, 3, 33, 65})
      for (const int64_t targets : {0, 1, 5}) {
        const Padded x(rows, cols, 2, random.floats(rows * cols, 1, 3));  // means far from 0
        const Padded y(rows, targets, 1, random.floats(rows * targets, -2, 5));
        auto weights = random.floats(rows, 0, 4);
        if (rows > 2) weights[1] = 0;
        check_ridge(x.view(), y.view(), nullptr, 0.5);
        check_ridge(x.view(), y.view(), weights.data(), 2);
      }
}

TEST(a_weight_counts_rows) {
  Random random(5);
  const auto x_values = random.floats(6 * 2), y_values = random.floats(6);
  std::vector<float> x_repeated, y_repeated, weights;
  for (int64_t r = 0; r < 6; ++r) {
    weights.push_back(static_cast<float>(r % 3));
    for (int64_t n = 0; n < r % 3; ++n) {
      x_repeated.insert(x_repeated.end(), x_values.begin() + r * 2, x_values.begin() + r * 2 + 2);
      y_repeated.push_back(y_values[r]);
    }
  }
  const auto repeated = static_cast<int64_t>(y_repeated.size());
  const Ridge weighted = ridge({x_values.data(), 6, 2}, {y_values.data(), 6, 1}, weights.data(), 0.1, nullptr);
  const Ridge counted =
      ridge({x_repeated.data(), repeated, 2}, {y_repeated.data(), repeated, 1}, nullptr, 0.1, nullptr);
  CHECK_CLOSE(flat(weighted), flat(counted), 1e-6, 1e-6);
}

TEST(the_intercept_is_not_penalised) {
  const std::vector<float> x{1, 2, 3}, y{1001, 1001, 1001};
  const Ridge fit = ridge({x.data(), 3, 1}, {y.data(), 3, 1}, nullptr, 1e6, nullptr);
  CHECK_CLOSE(fit.intercept, (std::vector<double>{1001}), 1e-3, 0);
  CHECK_CLOSE(fit.weights, (std::vector<double>{0}), 1e-6, 0);
}

TEST(without_regularization_it_is_least_squares) {
  const std::vector<float> x{0, 1, 2, 3}, y{5, 7, 9, 11};
  const Ridge fit = ridge({x.data(), 4, 1}, {y.data(), 4, 1}, nullptr, 0, nullptr);
  CHECK_CLOSE(flat(fit), (std::vector<double>{2, 5}), 1e-6, 0);
}

TEST(bad_ridge_problems_are_refused) {
  const std::vector<float> x{1, 1, -1, -1, 1, 1, -1, -1}, y{1, 2, 3, 4};  // two equal columns
  const ConstMatrix twice(x.data(), 4, 2), target(y.data(), 4, 1);
  for (const double regularization : {0.0, -1.0})
    CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", "regularization", ridge(twice, target, nullptr, regularization, nullptr));
  const std::vector<float> negative{1, -1, 1, 1}, zero(4, 0.0f), nan{1, NAN, 1, 1};
  CHECK_THROWS("ERR_VALUE", "row 1", ridge(twice, target, negative.data(), 1, nullptr));
  CHECK_THROWS("ERR_VALUE", "weight", ridge(twice, target, zero.data(), 1, nullptr));
  CHECK_THROWS("ERR_VALUE", "row 1", ridge(twice, target, nan.data(), 1, nullptr));
  CHECK_THROWS("ERR_SHAPE", "rows", ridge(twice, {y.data(), 3, 1}, nullptr, 1, nullptr));
  CHECK_THROWS("ERR_SHAPE", "rows", cross_gram(twice, {y.data(), 3, 1}, nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Padded x(3000, 66, 0, random.floats(3000 * 66)), y(3000, 33, 0, random.floats(3000 * 33));
  const auto weights = random.floats(3000, 0, 1);
  CHECK_SAME_BITS(return gram(x.view(), nullptr));
  CHECK_SAME_BITS(return cross_gram(x.view(), y.view(), nullptr));
  CHECK_SAME_BITS(return flat(ridge(x.view(), y.view(), weights.data(), 1, nullptr)));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded x(2, 1, 0, {1, 2});
  CHECK_THROWS("ERR_ABORTED", "aborted", gram(x.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", cross_gram(x.view(), x.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", ridge(x.view(), x.view(), nullptr, 1, &abort));
}

#include "kindred/select/mutual_information.h"

#include <cmath>
#include <limits>

#include "reference/select/select.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

double deviation(const std::vector<double>& values) {
  double mean = 0, variance = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  for (const double v : values) variance += (v - mean) * (v - mean) / static_cast<double>(values.size());
  return std::sqrt(variance);
}

std::vector<double> scaled(const float* values, int64_t n) {
  std::vector<double> out(values, values + n);
  const double by = deviation(out);
  for (double& v : out) v /= by;
  return out;
}

std::vector<double> of_column(const std::vector<float>& x, const std::vector<double>& y, bool discrete,
                              const MutualInformationOptions& options) {
  const uint8_t flag = discrete;
  return mutual_information({x.data(), static_cast<int64_t>(x.size()), 1}, y.data(), &flag, 0, 1, options, nullptr);
}

}  // namespace

TEST(of_two_lists_of_numbers_it_is_what_all_pairs_give) {
  Random random(1);
  for (const int64_t n : {3, 16, 17, 33, 64, 200})
    for (const int64_t k : {1, 3, 5}) {
      if (k >= n) continue;
      const std::vector<float> x = random.floats(n);
      std::vector<float> y(n);
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] * x[i] + 0.1f * static_cast<float>(random.uniform(-1, 1));
      const double expected = reference::mutual_information_of_numbers(scaled(x.data(), n), scaled(y.data(), n), k);
      CHECK_CLOSE(of_column(x, doubles(y), false, {false, k, 7}), std::vector<double>{expected}, 1e-9, 1e-9);
    }
}

TEST(of_numbers_and_classes_it_is_what_all_pairs_give_either_way_round) {
  Random random(2);
  for (const int64_t n : {4, 33, 150})
    for (const int64_t k : {1, 3}) {
      const std::vector<float> classes = random.integers(n, 0, n > 100 ? 40 : 2);  // some of them once
      std::vector<float> x(n);
      for (int64_t i = 0; i < n; ++i) x[i] = classes[i] + static_cast<float>(random.uniform(-1, 1));
      const double expected = reference::mutual_information_of_classes(
          scaled(x.data(), n), std::vector<int32_t>(classes.begin(), classes.end()), k);
      CHECK_CLOSE(of_column(x, doubles(classes), false, {true, k, 7}), std::vector<double>{expected}, 1e-9, 1e-9);
      CHECK_CLOSE(of_column(classes, doubles(x), true, {false, k, 7}), std::vector<double>{expected}, 1e-9, 1e-9);
    }
}

TEST(of_classes_it_is_exact) {
  const std::vector<float> x = {0, 0, 1, 1, 5, 5, 5, 5};
  const std::vector<double> y = {0, 0, 1, 1, 0, 1, 0, 1};
  // Half of the rows tell the class, the others nothing: log(2) / 2.
  CHECK_CLOSE(of_column(x, y, true, {true, 3, 0}), std::vector<double>{0.5 * std::log(2.0)}, 1e-15, 1e-15);
  CHECK_CLOSE(of_column(std::vector<float>(8, 2.0f), y, true, {true, 3, 0}), std::vector<double>{0}, 1e-15, 0);
}

TEST(equal_numbers_are_told_apart_and_a_constant_says_nothing) {
  Random random(3);
  const std::vector<float> y = random.floats(300);
  CHECK(of_column(std::vector<float>(300, 4.0f), doubles(y), false, {false, 3, 1})[0] < 0.05);
  std::vector<float> x(300);
  for (int64_t i = 0; i < 300; ++i) x[i] = std::round(2 * y[i]);
  CHECK(of_column(x, doubles(y), false, {false, 3, 1})[0] > 0.8);
}

TEST(mutual_information_refuses_what_it_cannot_use) {
  std::vector<float> x(5, 1.0f);
  const std::vector<double> y = {1, 2, 3, 4, 5};
  CHECK_THROWS("ERR_VALUE", "neighbors", of_column(x, y, false, {false, 5, 0}));
  CHECK_THROWS("ERR_VALUE", "neighbors", of_column(x, y, false, {false, 0, 0}));
  x[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS("ERR_VALUE", "column 0: expected finite numbers but row 3", of_column(x, y, false, {false, 2, 0}));
  const uint8_t flag = 0;
  const AbortFlag abort{true};
  const std::vector<float> fine(5, 1.0f);
  CHECK_THROWS("ERR_ABORTED", "aborted",
               mutual_information({fine.data(), 5, 1}, y.data(), &flag, 0, 1, {false, 2, 0}, &abort));
  CHECK_THROWS("ERR_SHAPE", "range",
               mutual_information({fine.data(), 5, 1}, y.data(), &flag, 0, 2, {false, 2, 0}, nullptr));
}

TEST(ranges_and_threads_change_no_bit) {
  Random random(4);
  const std::vector<float> x = random.floats(500 * 7);
  const std::vector<double> y = doubles(random.floats(500));
  const std::vector<uint8_t> discrete(7, 0);
  CHECK_SAME_BITS(
      return mutual_information({x.data(), 500, 7}, y.data(), discrete.data(), 0, 7, {false, 3, 9}, nullptr));
  const auto all = mutual_information({x.data(), 500, 7}, y.data(), discrete.data(), 0, 7, {false, 3, 9}, nullptr);
  const auto tail = mutual_information({x.data(), 500, 7}, y.data(), discrete.data(), 4, 7, {false, 3, 9}, nullptr);
  CHECK(std::equal(tail.begin(), tail.end(), all.begin() + 4));
}

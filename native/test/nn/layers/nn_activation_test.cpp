#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "kindred/nn/layers/activation.h"
#include "kindred/nn/layers/dropout.h"
#include "reference/nn/layers/activation.h"
#include "reference/nn/training/optimizer.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;
using nn::Activation;

namespace {

constexpr Activation kAll[] = {Activation::relu, Activation::gelu,    Activation::gelu_tanh,
                               Activation::tanh, Activation::sigmoid, Activation::silu};
constexpr float kGreatest = std::numeric_limits<float>::max();

std::vector<float> values(Activation kind, const std::vector<float>& x) {
  std::vector<float> y(x.size(), 7.0f);
  nn::activate(kind, x.data(), static_cast<int64_t>(x.size()), y.data(), nullptr);
  return y;
}

std::vector<float> slopes(Activation kind, const std::vector<float>& x) {
  const std::vector<float> dy(x.size(), 1.0f);
  std::vector<float> dx(x.size(), 7.0f);
  nn::activation_gradient(kind, x.data(), dy.data(), static_cast<int64_t>(x.size()), dx.data(), nullptr);
  return dx;
}

// Floats of every exponent, both signs, and densely where the functions bend.
std::vector<float> whole_range() {
  std::vector<float> x{0.0f, -0.0f, kGreatest, -kGreatest, INFINITY, -INFINITY};
  for (uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 104729) {  // normal numbers, some 20 000
    float value;
    std::memcpy(&value, &bits, sizeof value);
    x.push_back(value);
    x.push_back(-value);
  }
  for (float value = -100; value < 100; value += 0.0037f) x.push_back(value);
  return x;
}

// The greatest |received - expected|, less what is lost as a denormal number, in units of the last place of
// max(|expected|, least).
double worst(const std::vector<float>& received, const std::function<double(size_t)>& expected, double least,
             double lost) {
  double worst = 0;
  for (size_t i = 0; i < received.size(); ++i) {
    const double right = expected(i);
    if (std::isinf(right) && received[i] == right) continue;
    const double unit = std::ldexp(1.0, std::ilogb(std::max(std::fabs(right), least)) - 23);
    const double error = (std::fabs(received[i] - right) - lost) / unit;
    worst = error <= worst ? worst : error;  // NaN is worst
  }
  return worst;
}

}  // namespace

TEST(functions_equal_the_reference_over_all_floats) {
  const std::vector<float> x = whole_range();
  // Ulps, of the value or of `least` where a value is a difference of larger numbers.
  struct Bound {
    Activation kind;
    double value, least, lost, slope;
  };
  constexpr double kLost = 1.2e-38;  // of a reciprocal; silu's is 88 times as large
  for (const Bound& bound :
       {Bound{Activation::relu, 0, 1e-38, 0, 0}, Bound{Activation::gelu, 8, 1, 0, 3},
        Bound{Activation::gelu_tanh, 2, 1, 0, 6}, Bound{Activation::tanh, 2, 1e-37, 0, 2},
        Bound{Activation::sigmoid, 4, 1e-37, kLost, 2}, Bound{Activation::silu, 5, 1e-37, 90 * kLost, 3}}) {
    const double value = worst(
        values(bound.kind, x), [&](size_t i) { return reference::activate(bound.kind, x[i]); }, bound.least,
        bound.lost);
    const double slope = worst(
        slopes(bound.kind, x), [&](size_t i) { return reference::activation_slope(bound.kind, x[i]); }, 1, 0);
    std::printf("  function %d: value %.2f ulp, slope %.2f ulp\n", static_cast<int>(bound.kind), value, slope);
    CHECK(value <= bound.value);
    CHECK(slope <= bound.slope);
  }
}

TEST(the_exponential_equals_std_exp) {
  // Seen through the sigmoid far below 0, where it is 1 / exp(-x).
  std::vector<float> x;
  for (float value = -87.3f; value < -20; value += 0.0013f) x.push_back(value);
  const double error = worst(
      values(Activation::sigmoid, x), [&](size_t i) { return std::exp(static_cast<double>(x[i])); }, 1.2e-38, 0);
  std::printf("  exp: %.2f ulp\n", error);
  CHECK(error <= 4);
}

TEST(not_a_number_stays_one) {
  for (const Activation kind : kAll)
    for (const int64_t n : {1, 3, 16, 19}) {
      for (const float y : values(kind, std::vector<float>(n, NAN))) CHECK(std::isnan(y));
      for (const float y : slopes(kind, std::vector<float>(n, NAN))) CHECK(std::isnan(y));
    }
}

TEST(denormal_numbers_count_as_0_or_as_what_they_are) {
  const std::vector<float> x{1e-40f, -1e-40f, 1e-45f, -1e-45f};
  for (const Activation kind : kAll) {
    const std::vector<float> y = values(kind, x);
    for (size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(y[i] - reference::activate(kind, x[i])) <= 1e-7f);
  }
}

TEST(awkward_sizes_and_in_place) {
  Random random(1);
  for (const Activation kind : kAll)
    for (const int64_t n : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 8191, 8192, 8193, 20001}) {
      std::vector<float> x = random.floats(n, -6, 6), dy = random.floats(n, -2, 2), dx(n);
      std::vector<double> expected, gradient;
      for (int64_t i = 0; i < n; ++i) {
        expected.push_back(reference::activate(kind, x[i]));
        gradient.push_back(reference::activation_slope(kind, x[i]) * dy[i]);
      }
      nn::activation_gradient(kind, x.data(), dy.data(), n, dx.data(), nullptr);
      CHECK_CLOSE(dx, gradient, 2e-6, 1e-6);
      nn::activation_gradient(kind, x.data(), dy.data(), n, dy.data(), nullptr);
      CHECK(dx == dy);
      nn::activate(kind, x.data(), n, x.data(), nullptr);
      CHECK_CLOSE(x, expected, 1e-6, 1e-6);
    }
}

TEST(slopes_equal_central_differences) {
  Random random(2);
  for (const Activation kind : kAll)
    for (int n = 0; n < 200; ++n) {
      std::vector<double> x{random.uniform(-5, 5)};
      if (std::fabs(x[0]) < 1e-3) continue;  // relu's corner
      const auto slope = differences(x, [&] { return reference::activate(kind, x[0]); });
      CHECK_CLOSE(slope, std::vector<double>{reference::activation_slope(kind, x[0])}, 1e-8, 1e-7);
    }
}

TEST(dropout_keeps_what_the_seed_says) {
  Random random(3);
  for (const int64_t n : {0, 1, 2, 3, 33, 8191, 8193, 20001})
    for (const float rate : {0.0f, 0.1f, 0.5f, 0.9999f, 0.99999994f}) {
      std::vector<float> x = random.floats(n, 1, 2), y(n, 7.0f);
      nn::dropout(x.data(), n, rate, 42, y.data(), nullptr);
      for (int64_t i = 0; i < n; ++i) {
        const double expected = reference::dropout_keeps(42, i, rate) ? x[i] / (1 - double(rate)) : 0;
        CHECK(std::fabs(y[i] - expected) <= 1e-6 * expected);
      }
      nn::dropout(x.data(), n, rate, 42, x.data(), nullptr);
      CHECK(x == y);
    }
}

TEST(dropout_drops_its_share_and_keeps_the_mean) {
  const int64_t n = 1 << 20;
  const std::vector<float> ones(n, 1.0f);
  std::vector<float> first(n), y(n);
  nn::dropout(ones.data(), n, 0.3f, 1, first.data(), nullptr);
  for (const uint64_t seed : {uint64_t{2}, uint64_t{3}, uint64_t{1} << 63}) {
    nn::dropout(ones.data(), n, 0.3f, seed, y.data(), nullptr);
    int64_t zeros = 0, both = 0, pairs = 0;
    double total = 0;
    for (int64_t i = 0; i < n; ++i) {
      zeros += y[i] == 0;
      both += y[i] == 0 && first[i] == 0;
      pairs += i > 0 && y[i] == 0 && y[i - 1] == 0;
      total += y[i];
    }
    // Within five standard deviations of the binomial distributions.
    CHECK(std::fabs(zeros - 0.3 * n) < 5 * std::sqrt(0.21 * n));
    CHECK(std::fabs(both - 0.09 * n) < 5 * std::sqrt(0.0819 * n));
    CHECK(std::fabs(pairs - 0.09 * n) < 7 * std::sqrt(0.0819 * n));
    CHECK(std::fabs(total / n - 1) < 0.005);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const std::vector<float> x = random.floats(50001, -8, 8);
  for (const Activation kind : kAll) {
    CHECK_SAME_BITS(return doubles(values(kind, x)));
    CHECK_SAME_BITS(return doubles(slopes(kind, x)));
  }
  CHECK_SAME_BITS(std::vector<float> y(x.size()); nn::dropout(x.data(), 50001, 0.4f, 9, y.data(), nullptr);
                  return doubles(y));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  float x = 1;
  CHECK_THROWS("ERR_ABORTED", "aborted", nn::activate(Activation::gelu, &x, 1, &x, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", nn::activation_gradient(Activation::gelu, &x, &x, 1, &x, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", nn::dropout(&x, 1, 0.5f, 1, &x, &abort));
}

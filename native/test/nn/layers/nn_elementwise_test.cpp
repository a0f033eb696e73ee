#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "kindred/nn/layers/elementwise.h"
#include "kindred/nn/losses/loss.h"
#include "reference/nn/layers/elementwise.h"
#include "reference/nn/losses/loss.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;
using nn::Combination;
using nn::Function;
using nn::Stretch;

namespace {

constexpr Combination kCombinations[] = {Combination::add, Combination::subtract, Combination::multiply,
                                         Combination::divide};
constexpr Stretch kStretches[] = {Stretch::none, Stretch::rows, Stretch::cols, Stretch::numbers};
constexpr int64_t kWidths[] = {0, 1, 3, 4, 5, 15, 16, 17, 33, 129, 9001};

// An operand that is stretched to [rows, cols], away from 0.
Numbers operand(Random& random, Stretch stretch, int64_t rows, int64_t cols) {
  const bool of_row = stretch == Stretch::rows || stretch == Stretch::numbers;
  const bool of_col = stretch == Stretch::cols || stretch == Stretch::numbers;
  return Numbers(random, of_row ? 1 : rows, of_col ? 1 : cols, 0.5, 2);
}

std::vector<float> applied(Function kind, const std::vector<float>& x) {
  std::vector<float> y(x.size(), 7.0f);
  nn::apply(kind, x.data(), static_cast<int64_t>(x.size()), y.data(), nullptr);
  return y;
}

}  // namespace

TEST(combinations_of_stretched_operands_equal_the_reference) {
  Random random(1);
  for (const Combination kind : kCombinations)
    for (const Stretch of_a : kStretches)
      for (const Stretch of_b : kStretches)
        for (const int64_t rows : {0, 1, 2, 33})
          for (const int64_t cols : kWidths) {
            if (cols == 9001 && rows > 2) continue;
            const Numbers a = operand(random, of_a, rows, cols), b = operand(random, of_b, rows, cols);
            Numbers out(rows, cols);
            nn::combine(kind, {a.data(), of_a}, {b.data(), of_b}, out.view(), nullptr);
            CHECK_CLOSE(out.values, reference::combine(kind, a.table(), b.table(), rows, cols).values, 1e-7, 2e-7);
          }
}

TEST(what_is_stretched_and_summed_equals_the_reference) {
  Random random(2);
  for (const Stretch kind : kStretches)
    for (const int64_t rows : {0, 1, 2, 33, 700})
      for (const int64_t cols : kWidths) {
        if (cols == 9001 && rows > 33) continue;
        const Numbers x = operand(random, kind, rows, cols), dy(random, rows, cols);
        Numbers out(rows, cols), sums = x;
        nn::stretch({x.data(), kind}, out.view(), nullptr);
        const reference::Table zero(1, 1);
        CHECK_CLOSE(out.values, reference::combine(Combination::add, x.table(), zero, rows, cols).values, 0, 0);
        nn::sum_stretched(dy.view(), kind, sums.data(), nullptr);
        CHECK_CLOSE(sums.values, reference::sum_to(dy.table(), x.rows, x.cols).values, 2e-3, 1e-5);
      }
}

TEST(functions_equal_std_over_all_floats) {
  std::vector<float> x;
  for (uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 104729) {  // normal numbers, some 20 000
    float value;
    std::memcpy(&value, &bits, sizeof value);
    x.push_back(value);
  }
  for (float value = 0.5f; value < 2; value += 0.00037f) x.push_back(value);
  for (const auto& [kind, bound] : {std::pair{Function::logarithm, 2.0}, {Function::square_root, 1.0}}) {
    const auto y = applied(kind, x);
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double right = reference::apply(kind, x[i]);
      const double unit = std::ldexp(1.0, std::ilogb(std::max(std::fabs(right), 1e-30)) - 23);
      const double error = std::fabs(y[i] - right) / unit;
      worst = error <= worst ? worst : error;  // NaN is worst
    }
    std::printf("  function %d: %.2f ulp\n", static_cast<int>(kind), worst);
    CHECK(worst <= bound);
  }
  const float inf = INFINITY;
  const std::vector<float> odd{0.0f, -0.0f, -1.0f, -inf, inf, NAN, -3e38f};
  const double none = NAN;
  CHECK_CLOSE(applied(Function::logarithm, odd), std::vector<double>({-inf, -inf, none, none, inf, none, none}), 0, 0);
  CHECK_CLOSE(applied(Function::square_root, odd), std::vector<double>({0, 0, none, none, inf, none, none}), 0, 0);
  CHECK_CLOSE(applied(Function::exponential, odd), std::vector<double>({1, 1, std::exp(-1.0), 0, inf, none, 0}), 0,
              2e-7);
}

TEST(functions_of_any_number_of_numbers) {
  Random random(3);
  for (const Function kind : {Function::exponential, Function::logarithm, Function::square_root})
    for (const int64_t n : {0, 1, 3, 15, 16, 17, 33, 8191, 8193, 20001}) {
      const std::vector<float> x = random.floats(n, 0.1, 5);
      std::vector<double> expected;
      for (const float value : x) expected.push_back(reference::apply(kind, value));
      CHECK_CLOSE(applied(kind, x), expected, 2e-7, 3e-7);
    }
}

TEST(softmax_its_logarithm_and_their_gradients_equal_the_reference) {
  Random random(4);
  for (const double size : {1.0, 50.0})
    for (const int64_t rows : {0, 1, 33})
      for (const int64_t cols : {0, 1, 2, 3, 15, 16, 17, 129}) {
        const Numbers x(random, rows, cols, -size, size), dy(random, rows, cols);
        Numbers y(rows, cols), logs(rows, cols), dx(rows, cols), of_logs(rows, cols);
        nn::softmax_rows(x.view(), y.view(), nullptr);
        nn::log_softmax_rows(x.view(), logs.view(), nullptr);
        nn::softmax_rows_gradient(y.view(), dy.view(), dx.view(), nullptr);
        nn::log_softmax_rows_gradient(logs.view(), dy.view(), of_logs.view(), nullptr);
        CHECK_CLOSE(y.values, reference::softmax_rows(x.table()).values, 1e-6, 1e-5);
        CHECK_CLOSE(logs.values, reference::log_softmax_rows(x.table()).values, 1e-5, 1e-6);
        CHECK_CLOSE(dx.values, reference::softmax_rows_gradient(x.table(), dy.table()).values, 2e-6, 1e-5);
        CHECK_CLOSE(of_logs.values, reference::log_softmax_rows_gradient(x.table(), dy.table()).values, 2e-5, 1e-5);
      }
  Numbers x(1, 3), y(1, 3);
  x.values = {0, -1000, -INFINITY};
  nn::log_softmax_rows(x.view(), y.view(), nullptr);
  CHECK_CLOSE(y.values, std::vector<double>({0, -1000, -INFINITY}), 0, 0);
}

TEST(reference_gradients_equal_central_differences) {
  Random random(5);
  reference::Table x = table(random, 4, 5);
  const reference::Table dy = table(random, 4, 5);
  const auto soft = [&] { return inner(reference::softmax_rows(x).values, dy.values); };
  CHECK_CLOSE(reference::softmax_rows_gradient(x, dy).values, differences(x.values, soft), 1e-9, 1e-7);
  const auto logs = [&] { return inner(reference::log_softmax_rows(x).values, dy.values); };
  CHECK_CLOSE(reference::log_softmax_rows_gradient(x, dy).values, differences(x.values, logs), 1e-9, 1e-7);
  // As lib/nn composes them, of a stretched operand.
  reference::Table b = table(random, 1, 5);
  for (double& value : b.values) value += 3;
  for (const Combination kind : kCombinations) {
    const auto loss = [&] { return inner(reference::combine(kind, x, b, 4, 5).values, dy.values); };
    const auto of = [&](Combination by, const reference::Table& p, const reference::Table& q) {
      return reference::combine(by, p, q, 4, 5);
    };
    reference::Table dx = dy, db = dy;
    if (kind == Combination::subtract)
      for (double& value : db.values) value = -value;
    if (kind == Combination::multiply) {
      dx = of(Combination::multiply, dy, b);
      db = of(Combination::multiply, dy, x);
    }
    if (kind == Combination::divide) {
      dx = of(Combination::divide, dy, b);
      db = of(Combination::divide, of(Combination::multiply, dy, of(Combination::divide, x, b)), b);
      for (double& value : db.values) value = -value;
    }
    CHECK_CLOSE(dx.values, differences(x.values, loss), 1e-9, 1e-7);
    CHECK_CLOSE(reference::sum_to(db, 1, 5).values, differences(b.values, loss), 1e-9, 1e-7);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers x(random, 300, 170, 0.5, 2), row(random, 1, 170, 0.5, 2), dy(random, 300, 170);
  CHECK_SAME_BITS(
      std::vector<double> all; for (const Combination kind
                                    : kCombinations) {
        Numbers out(300, 170);
        nn::combine(kind, {x.data(), Stretch::none}, {row.data(), Stretch::rows}, out.view(), nullptr);
        all.insert(all.end(), out.values.begin(), out.values.end());
      } for (const Stretch kind
             : kStretches) {
        std::vector<float> sums(kind == Stretch::none ? 300 * 170 : 300);
        nn::sum_stretched(dy.view(), kind, sums.data(), nullptr);
        all.insert(all.end(), sums.begin(), sums.end());
      } Numbers y(300, 170);
      nn::apply(Function::logarithm, x.data(), 300 * 170, y.data(), nullptr);
      all.insert(all.end(), y.values.begin(), y.values.end()); nn::log_softmax_rows(x.view(), y.view(), nullptr);
      all.insert(all.end(), y.values.begin(), y.values.end()); return all);
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  float x = 1;
  CHECK_THROWS("ERR_ABORTED", "aborted", nn::apply(Function::exponential, &x, 1, &x, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted",
               nn::combine(Combination::add, {&x, Stretch::none}, {&x, Stretch::none}, {&x, 1, 1}, &abort));
}

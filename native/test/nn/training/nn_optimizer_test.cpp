#include <cmath>

#include "kindred/nn/training/optimizer.h"
#include "reference/nn/training/optimizer.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

using nn::UpdateRule;

constexpr UpdateRule kRules[] = {UpdateRule::sgd,  UpdateRule::momentum, UpdateRule::nesterov, UpdateRule::adagrad,
                                 UpdateRule::adam, UpdateRule::adamw,    UpdateRule::ftrl};

nn::OptimizerStep step_of(UpdateRule rule, int64_t step) {
  return {.rule = rule,
          .rate = 0.01f,
          .scale = 0.5f,
          .decay = 0.1f,
          .beta1 = 0.9f,
          .beta2 = 0.99f,
          .epsilon = 1e-6f,
          .l1 = 0.3f,
          .step = step};
}

struct State {
  UpdateRule rule;
  Numbers weights, first, second;

  // What the rule keeps begins with 0; what it does not, with 7, which stays.
  State(UpdateRule rule, Random& random, int64_t rows, int64_t dims)
      : rule(rule), weights(random, rows, dims), first(rows, dims), second(rows, dims) {
    if (nn::kept_numbers(rule) > 0) std::fill(first.values.begin(), first.values.end(), 0.0f);
    if (nn::kept_numbers(rule) > 1) std::fill(second.values.begin(), second.values.end(), 0.0f);
  }
  float* first_data() { return nn::kept_numbers(rule) > 0 ? first.data() : nullptr; }
  float* second_data() { return nn::kept_numbers(rule) > 1 ? second.data() : nullptr; }
  Matrix first_view() { return nn::kept_numbers(rule) > 0 ? first.view() : Matrix{}; }
  Matrix second_view() { return nn::kept_numbers(rule) > 1 ? second.view() : Matrix{}; }
  void update(const nn::OptimizerStep& step, const Numbers& gradient) {
    nn::update(step, gradient.data(), static_cast<int64_t>(gradient.values.size()), weights.data(), first_data(),
               second_data(), nullptr);
  }
  void update_rows(const nn::OptimizerStep& step, const std::vector<int32_t>& rows, const Numbers& sums) {
    nn::update_rows(step, rows.data(), sums.view(), weights.view(), first_view(), second_view(), nullptr);
  }
  reference::OptimizerState doubled() const {
    return {doubles(weights.values), doubles(first.values), doubles(second.values)};
  }
  void check(const reference::OptimizerState& expected) const {
    CHECK_CLOSE(weights.values, expected.weights, 2e-6, 2e-6);
    // z of FTRL is a sum of numbers as large as 1 / rate.
    CHECK_CLOSE(first.values, expected.first, rule == UpdateRule::ftrl ? 1e-3 : 1e-6, 2e-6);
    CHECK_CLOSE(second.values, expected.second, 1e-7, 1e-6);
  }
};

}  // namespace

TEST(steps_equal_the_reference) {
  Random random(1);
  for (const UpdateRule rule : kRules)
    for (const int64_t n : {0, 1, 3, 4, 5, 8, 15, 16, 17, 33, 16383, 16384, 16385, 40001}) {
      State state(rule, random, 1, n);
      auto expected = state.doubled();
      for (int64_t step = 1; step <= 4; ++step) {
        const Numbers gradient(random, 1, n);
        state.update(step_of(rule, step), gradient);
        reference::update(step_of(rule, step), doubles(gradient.values), expected);
      }
      state.check(expected);
    }
}

TEST(late_steps_and_the_ends_of_the_decays) {
  Random random(2);
  for (const UpdateRule rule : {UpdateRule::momentum, UpdateRule::nesterov, UpdateRule::adam, UpdateRule::adamw})
    for (const float beta : {0.0f, 0.5f, 0.999f})
      for (const int64_t step : {int64_t{1}, int64_t{1000}, int64_t{INT32_MAX}}) {
        State state(rule, random, 1, 37);
        auto expected = state.doubled();
        nn::OptimizerStep s = step_of(rule, step);
        s.beta1 = beta;
        s.beta2 = beta;
        const Numbers gradient(random, 1, 37);
        state.update(s, gradient);
        reference::update(s, doubles(gradient.values), expected);
        CHECK_CLOSE(state.weights.values, expected.weights, 1e-5, 1e-5);
      }
}

TEST(steps_of_rows_change_these_rows_alone) {
  Random random(3);
  for (const UpdateRule rule : kRules)
    for (const int64_t dims : {1, 3, 8, 17, 65}) {
      State state(rule, random, 9, dims);
      const State before = state;
      auto expected = state.doubled();
      const std::vector<int32_t> rows{0, 3, 8, -1, -1};
      for (int64_t step = 1; step <= 3; ++step) {
        const Numbers sums(random, 5, dims);
        state.update_rows(step_of(rule, step), rows, sums);
        reference::update_rows(step_of(rule, step), rows, sums.table(), expected);
      }
      state.check(expected);
      const auto same = [&](const Numbers& now, const Numbers& then, int64_t row) {
        return std::equal(now.view().row(row), now.view().row(row) + dims, then.view().row(row));
      };
      for (const int64_t row : {1, 2, 4, 5, 6, 7})
        CHECK(same(state.weights, before.weights, row) && same(state.first, before.first, row) &&
              same(state.second, before.second, row));
    }
}

TEST(without_a_gradient_a_weight_of_ftrl_stays_and_a_small_one_becomes_0) {
  Random random(6);
  State state(UpdateRule::ftrl, random, 1, 50);
  const State before = state;
  std::fill(state.weights.values.begin(), state.weights.values.begin() + 10, 0.0f);
  nn::OptimizerStep step = step_of(UpdateRule::ftrl, 1);
  Numbers gradient(1, 50);
  std::fill(gradient.values.begin(), gradient.values.end(), 0.0f);
  state.update(step, gradient);
  for (size_t i = 0; i < 50; ++i)
    CHECK(std::fabs(state.weights.values[i] - (i < 10 ? 0 : before.weights.values[i])) <= 1e-6);
  // Without l1 it would pass through 0.
  std::fill(gradient.values.begin() + 40, gradient.values.end(), 1e-3f);
  std::fill(state.weights.values.begin() + 40, state.weights.values.end(), 1e-9f);
  state.update(step, gradient);
  for (size_t i = 40; i < 50; ++i) CHECK(state.weights.values[i] == 0);
}

TEST(numbers_too_small_for_floats_do_not_slow_or_spoil_a_step) {
  for (const UpdateRule rule : kRules) {
    Random random(7);
    State state(rule, random, 1, 33);
    const State before = state;
    Numbers gradient(1, 33);
    std::fill(gradient.values.begin(), gradient.values.end(), 1e-38f);
    nn::OptimizerStep step = step_of(rule, 1);
    step.decay = 0;
    for (step.step = 1; step.step <= 5; ++step.step) state.update(step, gradient);
    for (size_t i = 0; i < 33; ++i) CHECK(std::fabs(state.weights.values[i] - before.weights.values[i]) <= 1e-6);
  }
}

TEST(blends_of_vectors_and_of_rows) {
  Random random(8);
  for (const int64_t n : {0, 1, 15, 16, 17, 16385}) {
    const Numbers x(random, 1, n), before(random, 1, n);
    Numbers y = before;
    nn::blend(0.75f, 0.5f, x.data(), n, y.data(), nullptr);
    std::vector<double> expected;
    for (int64_t i = 0; i < n; ++i) expected.push_back(0.75 * before.values[i] + 0.5 * x.values[i]);
    CHECK_CLOSE(y.values, expected, 1e-7, 1e-7);
  }
  const std::vector<int32_t> rows{1, 4, -1};
  const Numbers x(random, 3, 17), before(random, 6, 17);
  Numbers y = before;
  nn::blend_rows(1, 2, rows.data(), x.view(), y.view(), nullptr);
  std::vector<double> expected = doubles(before.values);
  for (const int64_t n : {0, 1})
    for (int64_t c = 0; c < 17; ++c) expected[rows[n] * 17 + c] += 2 * x.values[n * 17 + c];
  CHECK_CLOSE(y.values, expected, 1e-6, 1e-6);
}

TEST(sums_of_squares_also_of_what_floats_do_not_hold) {
  Random random(4);
  for (const int64_t n : {0, 1, 5, 1023, 1025, 16385, 50001})
    for (const double size : {1e-30, 1e-22, 1.0, 1e18, 1e25, 3e38}) {
      const Numbers x(random, 1, n, -size, size);
      const double expected = inner(doubles(x.values), doubles(x.values));
      CHECK(std::fabs(nn::sum_of_squares(x.data(), n, nullptr) - expected) <= 1e-5 * expected);
    }
  const float bad[] = {1, INFINITY, 2}, none[] = {1, NAN, 2};
  CHECK(std::isinf(nn::sum_of_squares(bad, 3, nullptr)));
  CHECK(std::isnan(nn::sum_of_squares(none, 3, nullptr)));
}

TEST(the_same_bits_for_any_number_of_threads) {
  for (const UpdateRule rule : kRules) {
    Random random(5);
    const State start(rule, random, 1000, 50);
    const Numbers gradient(random, 1000, 50);
    std::vector<int32_t> rows(1000);
    for (int32_t n = 0; n < 1000; ++n) rows[n] = n < 700 ? n : -1;
    CHECK_SAME_BITS(State s = start; s.update(step_of(rule, 2), gradient);
                    s.update_rows(step_of(rule, 3), rows, gradient); auto all = joined({s.weights, s.first, s.second});
                    all.push_back(nn::sum_of_squares(gradient.data(), 50000, nullptr)); return all);
  }
}

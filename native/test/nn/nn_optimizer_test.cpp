#include <cmath>

#include "kindred/nn/optimizer.h"
#include "reference/nn/optimizer.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

nn::AdamW step_of(int64_t step) {
  return {.rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f, .epsilon = 1e-6f, .decay = 0.1f, .scale = 0.5f, .step = step};
}

struct State {
  Numbers weights, mean, square;

  State(Random& random, int64_t rows, int64_t dims)
      : weights(random, rows, dims), mean(random, rows, dims, -0.1, 0.1), square(random, rows, dims, 0, 0.1) {}
  reference::AdamWState doubled() const {
    return {doubles(weights.values), doubles(mean.values), doubles(square.values)};
  }
  void check(const reference::AdamWState& expected) const {
    CHECK_CLOSE(weights.values, expected.weights, 1e-6, 1e-6);
    CHECK_CLOSE(mean.values, expected.mean, 1e-7, 1e-6);
    CHECK_CLOSE(square.values, expected.square, 1e-7, 1e-6);
  }
};

}  // namespace

TEST(steps_of_adamw_equal_the_reference) {
  Random random(1);
  for (const int64_t n : {0, 1, 3, 4, 5, 8, 15, 16, 17, 33, 16383, 16384, 16385, 40001}) {
    State state(random, 1, n);
    std::fill(state.mean.values.begin(), state.mean.values.end(), 0.0f);
    std::fill(state.square.values.begin(), state.square.values.end(), 0.0f);
    auto expected = state.doubled();
    for (int64_t step = 1; step <= 4; ++step) {
      const Numbers gradient(random, 1, n);
      nn::adamw(step_of(step), gradient.data(), n, state.weights.data(), state.mean.data(), state.square.data(),
                nullptr);
      reference::adamw(step_of(step), doubles(gradient.values), expected);
    }
    state.check(expected);
  }
}

TEST(late_steps_and_the_ends_of_the_decays) {
  Random random(2);
  for (const float beta : {0.0f, 0.5f, 0.999f})
    for (const int64_t step : {int64_t{1}, int64_t{1000}, int64_t{INT32_MAX}}) {
      State state(random, 1, 37);
      auto expected = state.doubled();
      nn::AdamW s = step_of(step);
      s.beta1 = beta;
      s.beta2 = beta;
      const Numbers gradient(random, 1, 37);
      nn::adamw(s, gradient.data(), 37, state.weights.data(), state.mean.data(), state.square.data(), nullptr);
      reference::adamw(s, doubles(gradient.values), expected);
      CHECK_CLOSE(state.weights.values, expected.weights, 1e-5, 1e-5);
    }
}

TEST(steps_of_rows_change_these_rows_alone) {
  Random random(3);
  for (const int64_t dims : {1, 3, 8, 17, 65}) {
    State state(random, 9, dims);
    const State before = state;
    auto expected = state.doubled();
    const std::vector<int32_t> rows{0, 3, 8, -1, -1};
    const Numbers sums(random, 5, dims);
    nn::adamw_rows(step_of(3), rows.data(), sums.view(), state.weights.view(), state.mean.view(), state.square.view(),
                   nullptr);
    reference::adamw_rows(step_of(3), rows, sums.table(), expected);
    state.check(expected);
    for (const int64_t kept : {1, 2, 4, 5, 6, 7})
      CHECK(std::equal(state.weights.view().row(kept), state.weights.view().row(kept) + dims,
                       before.weights.view().row(kept)));
  }
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
  Random random(5);
  const State start(random, 1000, 50);
  const Numbers gradient(random, 1000, 50);
  std::vector<int32_t> rows(1000);
  for (int32_t n = 0; n < 1000; ++n) rows[n] = n < 700 ? n : -1;
  CHECK_SAME_BITS(State s = start; nn::adamw(step_of(2), gradient.data(), 50000, s.weights.data(), s.mean.data(),
                                             s.square.data(), nullptr);
                  nn::adamw_rows(step_of(3), rows.data(), gradient.view(), s.weights.view(), s.mean.view(),
                                 s.square.view(), nullptr);
                  auto all = joined({s.weights, s.mean, s.square});
                  all.push_back(nn::sum_of_squares(gradient.data(), 50000, nullptr)); return all);
}

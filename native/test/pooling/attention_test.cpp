#include <algorithm>
#include <cmath>

#include "kindred/pooling/pooling.h"
#include "reference/pooling/pooling.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A batch with queries and a gradient of the output, in float and in double.
struct Problem {
  int64_t batch, tokens, dims, heads;
  std::vector<float> states, queries, d_out;
  std::vector<uint8_t> mask;
  std::vector<double> states64, queries64, d_out64;

  Problem(Random& random, int64_t batch, int64_t tokens, int64_t dims, int64_t heads)
      : batch(batch), tokens(tokens), dims(dims), heads(heads) {
    states = random.floats(batch * tokens * dims);
    queries = random.floats(heads * dims, -2, 2);
    d_out = random.floats(batch * dims);
    mask.resize(batch * tokens);
    for (uint8_t& m : mask) m = random.integer(0, 3) ? 1 : 0;
    states64 = doubles(states);
    queries64 = doubles(queries);
    d_out64 = doubles(d_out);
  }

  TokenStates in() const { return {states.data(), mask.data(), batch, tokens, dims}; }
  reference::DoubleStates in64() const { return {states64.data(), mask.data(), batch, tokens, dims}; }

  std::vector<float> forward() const {
    std::vector<float> out(batch * dims, 7.0f);
    attention_pool(in(), queries.data(), heads, out.data(), nullptr);
    return out;
  }

  struct Gradients {
    std::vector<float> queries, states;
  };
  Gradients backward() const {
    Gradients g{std::vector<float>(queries.size(), 7.0f), std::vector<float>(states.size(), 7.0f)};
    attention_pool_backward(in(), queries.data(), heads, d_out.data(), g.queries.data(), g.states.data(), nullptr);
    return g;
  }

  // The scalar loss whose gradient with respect to the output is d_out.
  double loss() const {
    const auto out = reference::attention_pool(in64(), queries64.data(), heads);
    double total = 0;
    for (size_t n = 0; n < out.size(); ++n) total += out[n] * d_out64[n];
    return total;
  }

  // (loss(v + h) - loss(v - h)) / 2h for every element v of `values`, a member of this problem.
  std::vector<double> central_differences(std::vector<double>& values) {
    const double h = 1e-5;
    std::vector<double> out;
    for (double& v : values) {
      const double at = v;
      v = at + h;
      const double above = loss();
      v = at - h;
      const double below = loss();
      v = at;
      out.push_back((above - below) / (2 * h));
    }
    return out;
  }
};

}  // namespace

TEST(equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t dims : kSizes)
    for (const int64_t tokens : {0, 1, 3, 65})
      for (const int64_t heads : {1, 3, 11}) {
        if (dims % heads != 0) continue;
        const Problem p(random, 3, tokens, dims, heads);
        CHECK_CLOSE(p.forward(), reference::attention_pool(p.in64(), p.queries64.data(), heads), 1e-5, 1e-5);
        const auto g = p.backward();
        const auto expected = reference::attention_pool_backward(p.in64(), p.queries64.data(), heads, p.d_out64.data());
        CHECK_CLOSE(g.queries, expected.queries, 2e-5, 1e-4);
        CHECK_CLOSE(g.states, expected.states, 2e-5, 1e-4);
      }
}

TEST(gradients_equal_central_differences) {
  Random random(2);
  for (const int64_t heads : {1, 2, 4}) {
    Problem p(random, 3, 7, 8, heads);
    const auto reference_gradients =
        reference::attention_pool_backward(p.in64(), p.queries64.data(), heads, p.d_out64.data());
    const auto d_queries = p.central_differences(p.queries64);
    const auto d_states = p.central_differences(p.states64);
    CHECK_CLOSE(reference_gradients.queries, d_queries, 1e-9, 1e-7);
    CHECK_CLOSE(reference_gradients.states, d_states, 1e-9, 1e-7);
    const auto g = p.backward();
    CHECK_CLOSE(g.queries, d_queries, 1e-6, 1e-5);
    CHECK_CLOSE(g.states, d_states, 1e-6, 1e-5);
  }
}

TEST(either_gradient_may_be_left_out) {
  Random random(3);
  const Problem p(random, 4, 5, 12, 3);
  const auto both = p.backward();
  std::vector<float> queries(p.queries.size(), 7.0f), states(p.states.size(), 7.0f);
  attention_pool_backward(p.in(), p.queries.data(), 3, p.d_out.data(), queries.data(), nullptr, nullptr);
  attention_pool_backward(p.in(), p.queries.data(), 3, p.d_out.data(), nullptr, states.data(), nullptr);
  CHECK(queries == both.queries);
  CHECK(states == both.states);
}

TEST(a_zero_query_is_mean_pooling) {
  Random random(4);
  Problem p(random, 9, 17, 66, 2);
  std::fill(p.queries.begin(), p.queries.end(), 0.0f);
  CHECK_CLOSE(p.forward(), reference::pool(p.in(), Pooling::mean), 1e-6, 1e-6);
}

TEST(an_empty_mask_gives_zero_and_zero_gradients) {
  Random random(5);
  Problem p(random, 3, 4, 33, 3);
  std::fill(p.mask.begin(), p.mask.end(), uint8_t{0});
  std::fill(p.states.begin(), p.states.end(), NAN);
  CHECK_CLOSE(p.forward(), std::vector<double>(3 * 33, 0.0), 0, 0);
  const auto g = p.backward();
  CHECK_CLOSE(g.queries, std::vector<double>(g.queries.size(), 0.0), 0, 0);
  CHECK_CLOSE(g.states, std::vector<double>(g.states.size(), 0.0), 0, 0);
}

TEST(masked_tokens_get_no_gradient_and_are_never_read) {
  Random random(6);
  Problem p(random, 2, 6, 8, 2);
  const auto expected = p.forward();
  for (size_t t = 0; t < p.mask.size(); ++t)
    if (!p.mask[t]) std::fill_n(p.states.begin() + static_cast<int64_t>(t) * 8, 8, NAN);
  CHECK_CLOSE(p.forward(), expected, 0, 0);
  const auto g = p.backward();
  for (size_t t = 0; t < p.mask.size(); ++t)
    for (int64_t d = 0; d < 8; ++d)
      if (!p.mask[t]) CHECK_EQUAL(g.states[t * 8 + d], 0.0f);
}

TEST(large_scores_do_not_overflow) {
  Random random(7);
  Problem p(random, 2, 9, 64, 4);
  for (float& q : p.queries) q *= 1e4f;
  p.queries64 = doubles(p.queries);
  CHECK_CLOSE(p.forward(), reference::attention_pool(p.in64(), p.queries64.data(), 4), 2e-2, 1e-3);
}

TEST(states_that_are_not_numbers_never_become_a_plausible_vector) {
  Random random(8);
  Problem p(random, 1, 3, 4, 1);
  std::fill(p.mask.begin(), p.mask.end(), uint8_t{1});
  std::fill(p.states.begin(), p.states.end(), NAN);
  for (const float value : p.forward()) CHECK(std::isnan(value));
}

TEST(heads_must_divide_the_dimensions) {
  Random random(9);
  const Problem p(random, 1, 2, 8, 1);
  std::vector<float> out(8);
  for (const int64_t heads : {-1, 0, 3, 16}) {
    CHECK_THROWS("ERR_VALUE", "heads", attention_pool(p.in(), p.queries.data(), heads, out.data(), nullptr));
    CHECK_THROWS("ERR_VALUE", "heads",
                 attention_pool_backward(p.in(), p.queries.data(), heads, out.data(), out.data(), nullptr, nullptr));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(10);
  const Problem p(random, 37, 9, 66, 3);
  CHECK_SAME_BITS(return doubles(p.forward()));
  CHECK_SAME_BITS(return doubles(p.backward().queries));
  CHECK_SAME_BITS(return doubles(p.backward().states));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(11);
  const Problem p(random, 2, 2, 4, 1);
  std::vector<float> out(16);
  CHECK_THROWS("ERR_ABORTED", "aborted", attention_pool(p.in(), p.queries.data(), 1, out.data(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted",
               attention_pool_backward(p.in(), p.queries.data(), 1, p.d_out.data(), nullptr, out.data(), &abort));
}

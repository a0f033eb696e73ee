// The kernels of native/cuda for attention pooling and normalisation, compiled for the host.
#include <cmath>

#include "cuda/linalg/rows.h"
#include "cuda/pooling/attention.h"
#include "reference/linalg/normalize.h"
#include "reference/pooling/pooling.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Problem {
  int64_t batch, tokens, dims, heads;
  std::vector<float> states, queries, d_out;
  std::vector<uint8_t> mask;

  Problem(Random& random, int64_t batch, int64_t tokens, int64_t dims, int64_t heads)
      : batch(batch),
        tokens(tokens),
        dims(dims),
        heads(heads),
        states(random.floats(batch * tokens * dims)),
        queries(random.floats(heads * dims)),
        d_out(random.floats(batch * dims)),
        mask(batch * tokens) {
    for (uint8_t& m : mask) m = random.integer(0, 3) != 0;
    if (batch > 2) std::fill_n(mask.begin() + tokens, tokens, uint8_t{0});
  }

  struct Results {
    std::vector<float> out, d_queries, d_states;
  };

  Results run(int64_t groups) const {
    Results r{std::vector<float>(batch * dims, NAN), std::vector<float>(heads * dims, NAN),
              std::vector<float>(states.size(), NAN)};
    std::vector<float> weights(groups * heads * tokens, NAN), d_scores(weights), partial(groups * heads * dims, NAN);
    cuda::AttentionJob job{
        states.data(),   mask.data(),  queries.data(),    batch,          tokens, dims, heads, 0, weights.data(),
        d_scores.data(), d_out.data(), r.d_states.data(), partial.data(), groups};
    job.scale = 1.0f / std::sqrt(static_cast<float>(dims));
    const cuda::Block block(cuda::kAttentionThreads);
    for (int64_t g = 0; g < groups; ++g) cuda::pool_group(block, job, g, r.out.data());
    for (int64_t g = 0; g < groups; ++g) cuda::pool_backward_group(block, job, g);
    for (int64_t n = 0; n < heads * dims; ++n) r.d_queries[n] = cuda::add_groups(job, n);
    return r;
  }
};

}  // namespace

TEST(pooling_and_its_gradients_equal_the_reference) {
  Random random(1);
  for (const int64_t dims : {1, 2, 33, 64, 1025})
    for (const int64_t tokens : {1, 2, 31, 33, 65})
      for (const int64_t heads : {int64_t{1}, dims})
        for (const int64_t batch : {1, 3}) {
          if (heads > 64 || (dims > 1000 && tokens > 33)) continue;
          const Problem p(random, batch, tokens, dims, heads);
          const auto states = doubles(p.states), queries = doubles(p.queries), d_out = doubles(p.d_out);
          const reference::DoubleStates in{states.data(), p.mask.data(), batch, tokens, dims};
          const auto expected = reference::attention_pool(in, queries.data(), heads);
          const auto gradients = reference::attention_pool_backward(in, queries.data(), heads, d_out.data());
          for (const int64_t groups : {int64_t{1}, batch}) {
            const auto r = p.run(groups);
            CHECK_CLOSE(r.out, expected, 2e-6, 1e-5);
            CHECK_CLOSE(r.d_queries, gradients.queries, 5e-6, 2e-5);
            CHECK_CLOSE(r.d_states, gradients.states, 5e-6, 2e-5);
          }
        }
}

TEST(phases_may_run_in_any_order) {
  Random random(2);
  const Problem p(random, 3, 33, 66, 3);
  const auto forwards = p.run(2);
  cuda::backwards() = true;
  const auto r = p.run(2);
  cuda::backwards() = false;
  CHECK_CLOSE(r.out, doubles(forwards.out), 0, 0);
  CHECK_CLOSE(r.d_queries, doubles(forwards.d_queries), 0, 0);
  CHECK_CLOSE(r.d_states, doubles(forwards.d_states), 0, 0);
}

TEST(tokens_that_do_not_count_are_never_read) {
  Random random(3);
  Problem p(random, 3, 9, 8, 2);
  const auto expected = p.run(1);
  for (size_t t = 0; t < p.mask.size(); ++t)
    if (!p.mask[t]) std::fill_n(p.states.begin() + static_cast<int64_t>(t) * 8, 8, NAN);
  const auto r = p.run(1);
  CHECK_CLOSE(r.out, doubles(expected.out), 0, 0);
  CHECK_CLOSE(r.d_queries, doubles(expected.d_queries), 0, 0);
  CHECK_CLOSE(r.d_states, doubles(expected.d_states), 0, 0);
}

TEST(states_that_are_not_numbers_never_become_a_plausible_vector) {
  Random random(4);
  Problem p(random, 1, 3, 4, 1);
  std::fill(p.mask.begin(), p.mask.end(), uint8_t{1});
  std::fill(p.states.begin(), p.states.end(), NAN);
  for (const float value : p.run(1).out) CHECK(std::isnan(value));
}

TEST(normalised_rows_equal_the_reference) {
  Random random(5);
  for (const int64_t cols : {1, 31, 33, 1023, 1024, 1025, 4096})
    for (const float scale : {1.0f, 1e-30f, 1e30f, 0.0f}) {
      auto values = random.floats(3 * cols);
      for (float& v : values) v *= scale;
      const auto expected = reference::normalize_rows({values.data(), 3, cols});
      int64_t zeros = 0;
      for (int64_t r = 0; r < 3; ++r) zeros += !cuda::normalize_row(cuda::Warp(0), values.data() + r * cols, cols);
      CHECK_CLOSE(values, expected.values, 1e-7, 2e-6);
      CHECK_EQUAL(zeros, expected.zeros);
    }
  std::vector<float> bad{1, INFINITY, 2};
  cuda::normalize_row(cuda::Warp(0), bad.data(), 3);
  for (const float value : bad) CHECK(std::isnan(value));
}

TEST(the_first_row_that_is_not_finite_is_found) {
  std::vector<float> values(5 * 33, 1.0f);
  values[2 * 33 + 32] = INFINITY;
  values[4 * 33] = NAN;
  int64_t first = INT64_MAX;
  for (int64_t r = 4; r >= 0; --r) cuda::check_row(cuda::Warp(0), values.data() + r * 33, 33, r, &first);
  CHECK_EQUAL(first, int64_t{2});
}

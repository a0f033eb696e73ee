// Attention pooling through the interface.
#include "kindred/pooling/pooling.h"

#include <algorithm>
#include <cmath>

#include "test/cuda_interface/device.h"

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
  TokenStates in() const { return {states.data(), mask.data(), batch, tokens, dims}; }
};

struct Results {
  std::vector<float> out, d_queries, d_states;
};

Results run(const Problem& p) {
  const int64_t rows = p.batch * p.tokens;
  const DeviceMatrix states(rows, p.dims, p.states), queries(p.heads, p.dims, p.queries);
  const DeviceMatrix out(p.batch, p.dims, {}), d_out(p.batch, p.dims, p.d_out);
  const DeviceMatrix d_queries(p.heads, p.dims, std::vector<float>(p.queries.size(), 7.0f));
  const DeviceMatrix d_states(rows, p.dims, std::vector<float>(p.states.size(), 7.0f));
  CHECK_OK(table().attention_pool(states.get(), p.mask.data(), p.batch, p.tokens, queries.get(), out.get(), nullptr,
                                  &error));
  CHECK_OK(table().attention_pool_backward(states.get(), p.mask.data(), p.batch, p.tokens, queries.get(), d_out.get(),
                                           d_queries.get(), d_states.get(), nullptr, &error));
  // Either gradient may be left out.
  const DeviceMatrix queries_alone(p.heads, p.dims, {}), states_alone(rows, p.dims, {});
  CHECK_OK(table().attention_pool_backward(states.get(), p.mask.data(), p.batch, p.tokens, queries.get(), d_out.get(),
                                           queries_alone.get(), nullptr, nullptr, &error));
  CHECK_OK(table().attention_pool_backward(states.get(), p.mask.data(), p.batch, p.tokens, queries.get(), d_out.get(),
                                           nullptr, states_alone.get(), nullptr, &error));
  CHECK_CLOSE(queries_alone.values(), doubles(d_queries.values()), 0, 0);
  CHECK_CLOSE(states_alone.values(), doubles(d_states.values()), 0, 0);
  return {out.values(), d_queries.values(), d_states.values()};
}

}  // namespace

TEST(pooling_and_its_gradients_equal_the_cpu) {
  Random random(1);
  for (const int64_t dims : {1, 2, 31, 33, 128, 1025})
    for (const int64_t tokens : {1, 31, 33})
      for (const int64_t heads : {int64_t{1}, dims == 128 ? 4 : dims}) {
        if (heads > 128) continue;
        for (const int64_t batch : {0, 1, 3, 33}) {
          const Problem p(random, batch, tokens, dims, heads);
          std::vector<float> out(batch * dims), d_queries(heads * dims), d_states(p.states.size());
          attention_pool(p.in(), p.queries.data(), heads, out.data(), nullptr);
          attention_pool_backward(p.in(), p.queries.data(), heads, p.d_out.data(), d_queries.data(), d_states.data(),
                                  nullptr);
          const Results received = run(p);
          CHECK_CLOSE(received.out, doubles(out), 2e-6, 1e-5);
          CHECK_CLOSE(received.d_queries, doubles(d_queries), 2e-5, 5e-5);
          CHECK_CLOSE(received.d_states, doubles(d_states), 5e-6, 2e-5);
        }
      }
}

TEST(tokens_that_do_not_count_are_never_read) {
  Random random(3);
  Problem p(random, 3, 9, 8, 2);
  const Results expected = run(p);
  for (size_t t = 0; t < p.mask.size(); ++t)
    if (!p.mask[t]) std::fill_n(p.states.begin() + static_cast<int64_t>(t) * 8, 8, NAN);
  const Results received = run(p);
  CHECK(received.out == expected.out);
  CHECK(received.d_queries == expected.d_queries);
  CHECK(received.d_states == expected.d_states);
}

TEST(states_that_are_not_numbers_never_become_a_plausible_vector) {
  Random random(4);
  Problem p(random, 1, 3, 4, 1);
  std::fill(p.mask.begin(), p.mask.end(), uint8_t{1});
  std::fill(p.states.begin(), p.states.end(), NAN);
  for (const float value : run(p).out) CHECK(std::isnan(value));
}

TEST(more_texts_than_groups) {
  Random random(2);
  const Problem p(random, 2500, 3, 8, 2);
  std::vector<float> d_queries(16);
  attention_pool_backward(p.in(), p.queries.data(), 2, p.d_out.data(), d_queries.data(), nullptr, nullptr);
  const DeviceMatrix states(7500, 8, p.states), queries(2, 8, p.queries), gradient(2500, 8, p.d_out),
      received(2, 8, {});
  CHECK_OK(table().attention_pool_backward(states.get(), p.mask.data(), 2500, 3, queries.get(), gradient.get(),
                                           received.get(), nullptr, nullptr, &error));
  CHECK_CLOSE(received.values(), doubles(d_queries), 1e-3, 1e-4);
}

TEST(shapes_that_do_not_fit_are_refused) {
  const DeviceMatrix states(6, 8, {}), queries(3, 8, {}), two(2, 8, {}), out(2, 8, {});
  const std::vector<uint8_t> mask(6, 1);
  CHECK_FAILS(KINDRED_CUDA_INVALID, "heads",
              table().attention_pool(states.get(), mask.data(), 2, 3, queries.get(), out.get(), nullptr, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "2 texts of 4 tokens",
              table().attention_pool(states.get(), mask.data(), 2, 4, two.get(), out.get(), nullptr, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "gradients",
              table().attention_pool_backward(states.get(), mask.data(), 2, 3, two.get(), out.get(), queries.get(),
                                              nullptr, nullptr, &error));
  const unsigned char cancel = 1;
  CHECK_FAILS(KINDRED_CUDA_CANCELLED, "cancelled",
              table().attention_pool(states.get(), mask.data(), 2, 3, two.get(), out.get(), &cancel, &error));
  CHECK_EQUAL(table().pooling_bytes(2, 3, 8, 3, 0), int64_t{-1});
}

#include "kindred/pooling/pooling.h"

#include <algorithm>
#include <cmath>

#include "reference/pooling/pooling.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Pooling kPoolings[] = {Pooling::cls, Pooling::mean, Pooling::max};

std::vector<float> pooled(const TokenStates& in, Pooling pooling) {
  std::vector<float> out(in.batch * in.dims, 7.0f);
  pool(in, pooling, out.data(), nullptr);
  return out;
}

}  // namespace

TEST(equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t dims : kSizes)
    for (const int64_t tokens : {0, 1, 2, 33, 129}) {
      const int64_t batch = 5;
      const auto states = random.floats(batch * tokens * dims);
      std::vector<uint8_t> mask(batch * tokens);
      for (uint8_t& m : mask) m = random.integer(0, 2) ? static_cast<uint8_t>(random.integer(1, 255)) : 0;
      const TokenStates in{states.data(), mask.data(), batch, tokens, dims};
      for (const Pooling pooling : kPoolings)
        CHECK_CLOSE(pooled(in, pooling), reference::pool(in, pooling), 1e-5, 1e-6);
    }
}

TEST(a_text_without_counting_tokens_is_zero_and_its_states_are_never_read) {
  const std::vector<float> states(3 * 4 * 33, NAN);
  const std::vector<uint8_t> mask(3 * 4, 0);
  const TokenStates in{states.data(), mask.data(), 3, 4, 33};
  for (const Pooling pooling : kPoolings) CHECK_CLOSE(pooled(in, pooling), std::vector<double>(3 * 33, 0.0), 0, 0);
}

TEST(tokens_that_do_not_count_do_not_matter) {
  // one text, three tokens of two dimensions; the first does not count
  const float states[] = {NAN, INFINITY, -3, 2, -1, -4};
  const uint8_t mask[] = {0, 1, 1};
  const TokenStates in{states, mask, 1, 3, 2};
  CHECK_CLOSE(pooled(in, Pooling::cls), (std::vector<double>{-3, 2}), 0, 0);
  CHECK_CLOSE(pooled(in, Pooling::mean), (std::vector<double>{-2, -1}), 0, 0);
  CHECK_CLOSE(pooled(in, Pooling::max), (std::vector<double>{-1, 2}), 0, 0);
}

TEST(nan_stays_whichever_token_it_is_in) {
  constexpr int64_t kTokens = 4, kDims = 37;  // whole vectors and a rest
  Random random(3);
  const std::vector<uint8_t> mask(kTokens, 1);
  for (int64_t token = 0; token < kTokens; ++token)
    for (int64_t dim = 0; dim < kDims; ++dim) {
      auto states = random.floats(kTokens * kDims);
      states[token * kDims + dim] = NAN;
      const TokenStates in{states.data(), mask.data(), 1, kTokens, kDims};
      for (const Pooling pooling : {Pooling::mean, Pooling::max}) {
        const auto out = pooled(in, pooling);
        for (int64_t d = 0; d < kDims; ++d) CHECK_EQUAL(std::isnan(out[d]), d == dim);
        CHECK_CLOSE(out, reference::pool(in, pooling), 1e-5, 1e-6);
      }
    }
}

TEST(no_texts_write_nothing) {
  for (const Pooling pooling : kPoolings) pool({nullptr, nullptr, 0, 7, 5}, pooling, nullptr, nullptr);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(2);
  const auto states = random.floats(37 * 9 * 65);
  const std::vector<uint8_t> mask(37 * 9, 1);
  for (const Pooling pooling : kPoolings)
    CHECK_SAME_BITS(return doubles(pooled({states.data(), mask.data(), 37, 9, 65}, pooling)));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const float state = 1;
  const uint8_t mask = 1;
  float out = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted", pool({&state, &mask, 1, 1, 1}, Pooling::mean, &out, &abort));
}

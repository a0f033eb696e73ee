#include <cmath>

#include "kindred/nn/attention.h"
#include "reference/nn/attention.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A forward and a backward step.
struct Problem {
  reference::Attention shape;
  Numbers q, k, v, dy, y, log_sums, dq, dk, dv;

  Problem(Random& random, const std::vector<int32_t>& lengths, int64_t heads, int64_t width, bool causal,
          double size = 1)
      : shape{offsets_of(lengths), heads, 1 / std::sqrt(static_cast<double>(width)), causal},
        q(random, tokens(), heads * width, -size, size),
        k(random, tokens(), heads * width, -size, size),
        v(random, tokens(), heads * width),
        dy(random, tokens(), heads * width),
        y(tokens(), heads * width),
        log_sums(tokens(), heads),
        dq(y),
        dk(y),
        dv(y) {
    shape.scale = static_cast<float>(shape.scale);
  }

  int64_t tokens() const { return shape.offsets.back(); }
  nn::AttentionShape native() const {
    return {{shape.offsets.data(), static_cast<int64_t>(shape.offsets.size()) - 1},
            shape.heads,
            static_cast<float>(shape.scale),
            shape.causal};
  }
  void run(const AbortFlag* abort = nullptr) {
    nn::attention(native(), q.view(), k.view(), v.view(), y.view(), log_sums.data(), abort);
    nn::attention_gradient(native(), q.view(), k.view(), v.view(), y.view(), log_sums.data(), dy.view(), dq.view(),
                           dk.view(), dv.view(), abort);
  }
  void check(double close) {
    run();
    const auto expected = reference::attention(shape, q.table(), k.table(), v.table());
    CHECK_CLOSE(y.values, expected.y.values, close, close);
    CHECK_CLOSE(log_sums.values, expected.log_sums.values, close, close);
    const auto gradient = reference::attention_gradient(shape, q.table(), k.table(), v.table(), dy.table());
    CHECK_CLOSE(dq.values, gradient.q.values, 4 * close, 4 * close);
    CHECK_CLOSE(dk.values, gradient.k.values, 4 * close, 4 * close);
    CHECK_CLOSE(dv.values, gradient.v.values, 4 * close, 4 * close);
  }
};

}  // namespace

TEST(equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const bool causal : {false, true})
    for (const int64_t width : {1, 3, 5, 16, 20, 64})
      for (const int64_t heads : {1, 3})
        for (const std::vector<int32_t>& lengths : std::vector<std::vector<int32_t>>{
                 {}, {0}, {1}, {0, 2, 0}, {3, 1, 4}, {5, 0, 7, 8}, {15, 16, 17}, {33, 2}, {65}})
          Problem(random, lengths, heads, width, causal).check(1e-5);
}

TEST(long_sequences) {
  Random random(2);
  for (const bool causal : {false, true}) Problem(random, {257, 1, 130}, 2, 24, causal).check(1e-5);
}

TEST(large_scores_do_not_overflow) {
  Random random(3);
  for (const bool causal : {false, true}) Problem(random, {9, 33}, 2, 8, causal, 100).check(5e-3);
}

TEST(the_reference_gradients_equal_central_differences) {
  Random random(4);
  for (const bool causal : {false, true})
    for (const int64_t heads : {1, 2}) {
      const reference::Attention shape{offsets_of({3, 0, 5}), heads, 0.7, causal};
      reference::Table q = table(random, 8, 6), k = table(random, 8, 6), v = table(random, 8, 6);
      const reference::Table dy = table(random, 8, 6);
      const auto loss = [&] { return inner(reference::attention(shape, q, k, v).y.values, dy.values); };
      const auto gradient = reference::attention_gradient(shape, q, k, v, dy);
      CHECK_CLOSE(gradient.q.values, differences(q.values, loss), 1e-9, 1e-7);
      CHECK_CLOSE(gradient.k.values, differences(k.values, loss), 1e-9, 1e-7);
      CHECK_CLOSE(gradient.v.values, differences(v.values, loss), 1e-9, 1e-7);
    }
}

TEST(sequences_do_not_see_each_other_nor_causal_tokens_what_follows) {
  Random random(5);
  Problem p(random, {6, 9}, 2, 5, true);
  p.run();
  const std::vector<float> before = p.y.values;
  for (int64_t t = 10; t < 15; ++t)
    for (Numbers* m : {&p.q, &p.k, &p.v})
      for (int64_t c = 0; c < 10; ++c) m->values[t * 10 + c] = 50.0f;
  p.run();
  CHECK(std::equal(before.begin(), before.begin() + 10 * 10, p.y.values.begin()));
  CHECK(!std::equal(before.begin(), before.end(), p.y.values.begin()));
}

TEST(states_that_are_not_numbers_stay_in_their_sequence) {
  Random random(6);
  for (const float bad : {NAN, INFINITY}) {
    Problem p(random, {3, 5, 4}, 1, 7, false);
    for (int64_t c = 0; c < 7; ++c) p.k.values[4 * 7 + c] = bad;
    for (int64_t c = 0; c < 7; ++c) p.q.values[6 * 7 + c] = 1;
    p.run();
    for (int64_t t = 0; t < 12; ++t)
      for (const Numbers* m : {&p.y, &p.dq, &p.dk, &p.dv})
        if (t < 3 || t >= 8) CHECK(std::isfinite(m->values[t * 7]));
    CHECK(std::isnan(p.y.values[6 * 7]));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(7);
  Problem p(random, {17, 0, 40, 3, 3, 29}, 3, 12, false);
  CHECK_SAME_BITS(p.run(); return joined({p.y, p.log_sums, p.dq, p.dk, p.dv}));
}

TEST(refuses_offsets_and_heads_that_do_not_fit) {
  Random random(8);
  for (const std::vector<int32_t>& offsets : std::vector<std::vector<int32_t>>{
           {0}, {0, 7}, {0, 9}, {1, 8}, {-1, 8}, {0, 5, 4, 8}, {0, 1 << 30, 8}, {0, -5, 8}, {0, 8, 8, 9}}) {
    Problem p(random, {8}, 1, 4, false);
    p.shape.offsets = offsets;
    const auto before = p.y.values;
    CHECK_THROWS("ERR_SHAPE", "offsets",
                 nn::attention(p.native(), p.q.view(), p.k.view(), p.v.view(), p.y.view(), p.log_sums.data(), nullptr));
    CHECK(p.y.values == before);
  }
  for (const int64_t heads : {int64_t{-1}, int64_t{0}, int64_t{3}, int64_t{8}, int64_t{1} << 40}) {
    Problem p(random, {2}, 1, 4, false);
    p.shape.heads = heads;
    CHECK_THROWS("ERR_SHAPE", "heads", p.run());
  }
  Numbers none(3, 0);  // of no dimensions any number of heads would be a divisor
  const int32_t offsets[] = {0, 3};
  CHECK_THROWS("ERR_SHAPE", "heads",
               nn::attention({{offsets, 1}, 1 << 30, 1, false}, none.view(), none.view(), none.view(), none.view(),
                             nullptr, nullptr));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(9);
  Problem p(random, {2, 3}, 1, 4, false);
  CHECK_THROWS("ERR_ABORTED", "aborted", p.run(&abort));
}

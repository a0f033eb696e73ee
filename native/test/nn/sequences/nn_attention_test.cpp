#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <thread>

#include "kindred/nn/sequences/attention.h"
#include "reference/nn/sequences/attention.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A forward and a backward step.
struct Problem {
  reference::Attention shape;
  Numbers q, k, v, dy, y, log_sums, dq, dk, dv;
  Numbers biases{0, 0}, dbiases{0, 0};

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

  Problem& biased(Random& random, int64_t buckets, int64_t max_distance, bool bidirectional) {
    biases = Numbers(random, buckets, shape.heads);
    dbiases = Numbers(buckets, shape.heads);
    shape.biases = biases.table();
    shape.max_distance = max_distance;
    shape.bidirectional = bidirectional;
    return *this;
  }
  Problem& dropped(float rate, uint64_t seed) {
    shape.dropout = rate;
    shape.seed = seed;
    return *this;
  }

  int64_t tokens() const { return shape.offsets.back(); }
  nn::AttentionShape native() const {
    return {
        {shape.offsets.data(), static_cast<int64_t>(shape.offsets.size()) - 1},
        shape.heads,
        static_cast<float>(shape.scale),
        shape.causal,
        {shape.biases.rows > 0 ? ConstMatrix(biases.view()) : ConstMatrix(), shape.max_distance, shape.bidirectional},
        static_cast<float>(shape.dropout),
        shape.seed};
  }
  void forward(const AbortFlag* abort) {
    nn::attention(native(), q.view(), k.view(), v.view(), y.view(), log_sums.data(), abort);
  }
  void backward(const AbortFlag* abort) {
    nn::attention_gradient(native(), q.view(), k.view(), v.view(), y.view(), log_sums.data(), dy.view(), dq.view(),
                           dk.view(), dv.view(), abort, shape.biases.rows > 0 ? dbiases.view() : Matrix());
  }
  void run(const AbortFlag* abort = nullptr) {
    forward(abort);
    backward(abort);
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
    CHECK_CLOSE(dbiases.values, gradient.biases.values, 8 * close, 4 * close);
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

TEST(biases_by_distance_and_dropout_equal_the_reference) {
  Random random(10);
  for (const bool causal : {false, true})
    for (const int64_t width : {1, 5, 32})
      for (const int64_t heads : {1, 3})
        for (const std::vector<int32_t>& lengths :
             std::vector<std::vector<int32_t>>{{}, {0}, {1}, {0, 2, 0}, {3, 1, 4}, {15, 16, 17}, {33, 2}, {70}}) {
          Problem(random, lengths, heads, width, causal).biased(random, 8, 20, true).check(1e-5);
          Problem(random, lengths, heads, width, causal).biased(random, 7, 9, false).check(1e-5);
          Problem(random, lengths, heads, width, causal).dropped(0.1f, 42).check(1e-5);
          Problem(random, lengths, heads, width, causal).biased(random, 32, 128, true).dropped(0.6f, 7).check(1e-5);
        }
}

TEST(buckets_are_those_of_transformers) {
  // T5Attention._relative_position_bucket and MPNetEncoder.relative_position_bucket of transformers 5.18.
  const auto of = [](bool bidirectional, int64_t buckets, int64_t most) {
    std::vector<int32_t> found;
    for (const int64_t distance : {-300, -128, -127, -91, -90, -64, -63, -33, -32, -16, -15, -9, -8,  -7,  -1,
                                   0,    1,    7,    8,   12,  13,  16,  23,  32,  46,  64,  91, 128, 1000})
      found.push_back(nn::relative_bucket(distance, buckets, most, bidirectional));
    return found;
  };
  CHECK(of(true, 32, 128) == (std::vector<int32_t>{15, 15, 15, 15, 14, 14, 13, 12, 12, 10, 9,  8,  8,  7, 1,
                                                   0,  17, 23, 24, 25, 25, 26, 27, 28, 29, 30, 31, 31, 31}));
  CHECK(of(false, 32, 128) == (std::vector<int32_t>{31, 31, 31, 29, 29, 26, 26, 21, 21, 16, 15, 9, 8, 7, 1,
                                                    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0, 0}));
  for (const auto& [buckets, most] : {std::pair<int64_t, int64_t>{32, 128}, {16, 64}, {7, 11}, {4, 3}, {320, 800}})
    for (const bool bidirectional : {false, true})
      for (int64_t distance = -1000; distance <= 1000; ++distance)
        CHECK_EQUAL(nn::relative_bucket(distance, buckets, most, bidirectional),
                    reference::relative_bucket(distance, buckets, most, bidirectional));
  for (const auto& [buckets, most] : {std::pair<int64_t, int64_t>{-1, 128}, {0, 128}, {3, 128}, {32, 8}, {32, -1}})
    CHECK_THROWS("ERR_SHAPE", "biases", nn::relative_bucket(0, buckets, most, true));
  CHECK_THROWS("ERR_SHAPE", "biases", nn::relative_bucket(0, 1, 128, false));
}

TEST(dropout_takes_its_share_of_weights_each_by_itself) {
  // Of scores that are equal and values that are unit vectors: y holds what is kept of each weight.
  Random random(11);
  constexpr int64_t kTokens = 96;
  const auto kept = [&](float rate, uint64_t seed) {
    Problem p(random, {kTokens, kTokens}, 1, kTokens, false);
    p.dropped(rate, seed);
    std::fill(p.q.values.begin(), p.q.values.end(), 0.0f);
    std::fill(p.v.values.begin(), p.v.values.end(), 0.0f);
    for (int64_t t = 0; t < 2 * kTokens; ++t) p.v.values[t * kTokens + t % kTokens] = kTokens;
    p.run();
    return p.y.values;
  };
  for (const float rate : {0.1f, 0.5f, 0.9f}) {
    const auto first = kept(rate, 1), second = kept(rate, 2);
    CHECK(first == kept(rate, 1));
    double dropped = 0, of_second = 0, along = 0, across = 0, next = 0;
    const auto n = static_cast<int64_t>(first.size());
    for (int64_t i = 0; i < n; ++i) {
      CHECK(first[i] == 0 || std::fabs(first[i] * (1 - rate) - 1) < 1e-5);
      dropped += first[i] == 0;
      of_second += first[i] == 0 && second[i] == 0;
      along += first[i] == 0 && first[(i + 1) % n] == 0;
      across += first[i] == 0 && first[(i + kTokens) % n] == 0;
      next += first[i] == 0 && first[(i + n / 2) % n] == 0;
    }
    // Within five standard deviations of independent draws.
    const auto near = [&](double count, double share) {
      return std::fabs(count / double(n) - share) < 5 * std::sqrt(share * (1 - share) / double(n));
    };
    CHECK(near(dropped, rate));
    for (const double both : {of_second, along, across, next}) CHECK(near(both, double(rate) * rate));
  }
}

TEST(a_long_sequence_hears_an_abort) {
  Random random(12);
  Problem p(random, {2500}, 1, 64, false);
  const auto seconds = [](const std::function<void()>& run) {
    const auto began = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  for (const bool forward : {true, false}) {
    const auto run = [&](const AbortFlag* abort) { forward ? p.forward(abort) : p.backward(abort); };
    const double whole = seconds([&] { run(nullptr); });
    AbortFlag abort{false};
    std::thread raise([&] {
      std::this_thread::sleep_for(std::chrono::duration<double>(0.1 * whole));
      abort = true;
    });
    const double took = seconds([&] { CHECK_THROWS("ERR_ABORTED", "aborted", run(&abort)); });
    raise.join();
    std::printf("  aborted after %.0f of %.0f ms\n", took * 1e3, whole * 1e3);
    CHECK(took < 0.8 * whole);
  }
}

TEST(the_reference_gradients_equal_central_differences) {
  Random random(4);
  for (const bool causal : {false, true})
    for (const int64_t heads : {1, 2}) {
      reference::Attention shape{offsets_of({3, 0, 5}), heads, 0.7, causal};
      shape.biases = table(random, 6, heads);
      shape.max_distance = 4;
      shape.dropout = 0.3f;
      shape.seed = 5;
      reference::Table q = table(random, 8, 6), k = table(random, 8, 6), v = table(random, 8, 6);
      const reference::Table dy = table(random, 8, 6);
      const auto loss = [&] { return inner(reference::attention(shape, q, k, v).y.values, dy.values); };
      const auto gradient = reference::attention_gradient(shape, q, k, v, dy);
      CHECK_CLOSE(gradient.q.values, differences(q.values, loss), 1e-9, 1e-7);
      CHECK_CLOSE(gradient.k.values, differences(k.values, loss), 1e-9, 1e-7);
      CHECK_CLOSE(gradient.v.values, differences(v.values, loss), 1e-9, 1e-7);
      CHECK_CLOSE(gradient.biases.values, differences(shape.biases.values, loss), 1e-9, 1e-7);
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
  p.biased(random, 32, 128, true).dropped(0.1f, 3);
  CHECK_SAME_BITS(p.run(); return joined({p.y, p.log_sums, p.dq, p.dk, p.dv, p.dbiases}));
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
  Problem p(random, {2}, 2, 4, false);
  p.biased(random, 8, 20, true);
  p.biases = Numbers(random, 8, 3);
  CHECK_THROWS("ERR_SHAPE", "biases", p.run());
  p.biased(random, 3, 20, true);
  CHECK_THROWS("ERR_SHAPE", "biases", p.run());
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

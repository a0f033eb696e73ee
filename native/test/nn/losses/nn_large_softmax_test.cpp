#include <cmath>

#include "kindred/nn/losses/large_softmax.h"
#include "reference/nn/losses/large_softmax.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> one(double value) { return {value}; }

struct Problem {
  Numbers x, w, bias;
  std::vector<int32_t> labels;
  bool biased;

  Problem(Random& random, int64_t rows, int64_t classes, int64_t dims, bool biased, int64_t least = -1)
      : x(random, rows, dims), w(random, classes, dims), bias(random, 1, classes), biased(biased) {
    for (int64_t r = 0; r < rows; ++r)
      labels.push_back(static_cast<int32_t>(random.integer(r % 2 ? 0 : least, classes - 1)));
  }
  nn::LargeSoftmax of() const { return {x.view(), w.view(), biased ? bias.data() : nullptr, labels.data()}; }
  reference::Doubles biases() const { return biased ? doubles(bias.values) : reference::Doubles{}; }
};

// Gradients, filled with what must be overwritten.
struct Gradients {
  Numbers x, w, bias;
  explicit Gradients(const Problem& p) : x(p.x.rows, p.x.cols), w(p.w.rows, p.w.cols), bias(1, p.w.rows) {}
  nn::LargeSoftmaxGradient out() { return {x.data(), w.data(), bias.data()}; }
};

struct Sampled {
  Numbers x, w, bias, log_q;
  std::vector<int32_t> ids;

  Sampled(Random& random, int64_t rows, int64_t samples, int64_t dims)
      : x(random, rows, dims),
        w(random, rows + samples, dims),
        bias(random, 1, rows + samples),
        log_q(random, 1, rows + samples, -8, -2) {
    for (int64_t i = 0; i < rows + samples; ++i) ids.push_back(static_cast<int32_t>(random.integer(0, 12)));
  }
  nn::SampledSoftmax of(bool plain) const {
    return {x.view(), w.view(), plain ? nullptr : bias.data(), plain ? nullptr : log_q.data(), ids.data()};
  }
  reference::SampledSoftmax same(bool plain) const {
    if (plain) return {x.table(), w.table(), {}, {}, ids};
    return {x.table(), w.table(), doubles(bias.values), doubles(log_q.values), ids};
  }
};

}  // namespace

TEST(linear_cross_entropy_equals_the_reference_across_blocks) {
  Random random(1);
  GemmScratch scratch;
  for (const int64_t classes : {1, 3, 33, 2047, 2048, 2049, 4099})
    for (const int64_t rows : {0, 1, 7, 33})
      for (const int64_t dims : {1, 5, 16})
        for (const bool biased : {false, true}) {
          const Problem p(random, rows, classes, dims, biased);
          Numbers losses(1, rows);
          CHECK_CLOSE(one(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)),
                      one(reference::linear_cross_entropy(p.x.table(), p.w.table(), p.biases(), p.labels)), 2e-6, 1e-6);
          for (int64_t r = 0; r < rows; ++r)
            if (p.labels[r] < 0) CHECK_EQUAL(losses.values[r], 0.0f);
          Gradients g(p);
          nn::linear_cross_entropy_gradient(p.of(), losses.data(), -1.5f, g.out(), scratch, nullptr);
          const auto expected =
              reference::linear_cross_entropy_gradient(p.x.table(), p.w.table(), p.biases(), p.labels, -1.5);
          CHECK_CLOSE(g.x.values, expected.x.values, 3e-6, 1e-5);
          CHECK_CLOSE(g.w.values, expected.w.values, 3e-6, 1e-5);
          CHECK_CLOSE(g.bias.values, expected.bias, 3e-6, 1e-5);
          const auto once = reference::linear_cross_entropy_gradient(p.x.table(), p.w.table(), p.biases(), p.labels, 1);
          Gradients together(p);
          CHECK_CLOSE(one(nn::linear_cross_entropy_with_gradient(p.of(), together.out(), scratch, nullptr)),
                      one(reference::linear_cross_entropy(p.x.table(), p.w.table(), p.biases(), p.labels)), 2e-6, 1e-6);
          CHECK_CLOSE(together.x.values, once.x.values, 3e-6, 1e-5);
          CHECK_CLOSE(together.w.values, once.w.values, 3e-6, 1e-5);
          CHECK_CLOSE(together.bias.values, once.bias, 3e-6, 1e-5);
        }
}

TEST(linear_cross_entropy_of_many_rows_equals_the_reference) {
  Random random(2);
  GemmScratch scratch;
  const Problem p(random, 1100, 2100, 3, true);
  Numbers losses(1, 1100);
  CHECK_CLOSE(one(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)),
              one(reference::linear_cross_entropy(p.x.table(), p.w.table(), p.biases(), p.labels)), 2e-6, 1e-6);
  Gradients g(p);
  nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, g.out(), scratch, nullptr);
  const auto expected = reference::linear_cross_entropy_gradient(p.x.table(), p.w.table(), p.biases(), p.labels, 1);
  CHECK_CLOSE(g.x.values, expected.x.values, 1e-7, 1e-4);
  CHECK_CLOSE(g.w.values, expected.w.values, 1e-7, 1e-4);
  CHECK_CLOSE(g.bias.values, expected.bias, 1e-7, 1e-4);
  Gradients together(p);
  nn::linear_cross_entropy_with_gradient(p.of(), together.out(), scratch, nullptr);
  CHECK_CLOSE(together.x.values, expected.x.values, 1e-7, 1e-4);
  CHECK_CLOSE(together.w.values, expected.w.values, 1e-7, 1e-4);
  CHECK_CLOSE(together.bias.values, expected.bias, 1e-7, 1e-4);
}

TEST(a_vocabulary_beyond_what_is_held_together_has_the_same_gradient) {
  Random random(5);
  GemmScratch scratch;
  const Problem p(random, 3, 66000, 2, true, 0);
  Numbers losses(1, 3);
  const float loss = nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr);
  Gradients apart(p), together(p);
  nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, apart.out(), scratch, nullptr);
  CHECK_EQUAL(nn::linear_cross_entropy_with_gradient(p.of(), together.out(), scratch, nullptr), loss);
  CHECK(apart.x.values == together.x.values && apart.w.values == together.w.values);
}

TEST(gradients_that_are_not_wanted_are_left) {
  Random random(3);
  GemmScratch scratch;
  for (const int64_t least : {-1, 0}) {
    const Problem p(random, 9, 40, 5, true, least);
    Numbers losses(1, 9);
    nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr);
    Gradients all(p), g(p);
    nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, all.out(), scratch, nullptr);
    nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, {g.x.data(), nullptr, nullptr}, scratch, nullptr);
    nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, {nullptr, g.w.data(), nullptr}, scratch, nullptr);
    nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, {nullptr, nullptr, g.bias.data()}, scratch, nullptr);
    CHECK(g.x.values == all.x.values && g.w.values == all.w.values && g.bias.values == all.bias.values);
  }
}

TEST(large_logits_keep_their_differences) {
  Random random(4);
  GemmScratch scratch;
  for (const float offset : {1e3f, -1e4f, 1e6f}) {
    Problem p(random, 8, 2060, 2, true, 0);
    for (float& bias : p.bias.values) bias = offset + static_cast<float>(static_cast<int>(bias * 8));
    std::fill(p.x.values.begin(), p.x.values.end(), 0.0f);
    Numbers losses(1, 8);
    CHECK_CLOSE(one(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)),
                one(reference::linear_cross_entropy(p.x.table(), p.w.table(), p.biases(), p.labels)), 1e-5, 1e-6);
    Gradients g(p);
    nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, g.out(), scratch, nullptr);
    CHECK_CLOSE(g.bias.values,
                reference::linear_cross_entropy_gradient(p.x.table(), p.w.table(), p.biases(), p.labels, 1).bias, 1e-7,
                1e-4);
  }
}

TEST(sampled_softmax_equals_the_reference) {
  Random random(5);
  GemmScratch scratch;
  for (const int64_t rows : {0, 1, 15, 33})
    for (const int64_t samples : {0, 1, 2, 17, 65})
      for (const bool plain : {false, true}) {
        const Sampled s(random, rows, samples, 9);
        Numbers p(rows, samples), own(1, rows), dx(rows, 9), dw(rows + samples, 9), dbias(1, rows + samples);
        CHECK_CLOSE(one(nn::sampled_softmax(s.of(plain), p.view(), own.data(), scratch, nullptr)),
                    one(reference::sampled_softmax(s.same(plain))), 1e-6, 1e-6);
        nn::sampled_softmax_gradient(s.of(plain), p.view(), own.data(), 2, dx.view(), dw.view(), dbias.data(), scratch,
                                     nullptr);
        const auto expected = reference::sampled_softmax_gradient(s.same(plain), 2);
        CHECK_CLOSE(dx.values, expected.x.values, 3e-6, 1e-5);
        CHECK_CLOSE(dw.values, expected.w.values, 3e-6, 1e-5);
        CHECK_CLOSE(dbias.values, expected.bias, 3e-6, 1e-5);
      }
}

TEST(gradients_equal_central_differences) {
  Random random(6);
  reference::Table x = table(random, 4, 3), w = table(random, 6, 3);
  reference::Doubles bias = table(random, 1, 6).values;
  const std::vector<int32_t> labels{1, -1, 4, 0};
  const auto loss = [&] { return reference::linear_cross_entropy(x, w, bias, labels); };
  const auto g = reference::linear_cross_entropy_gradient(x, w, bias, labels, 1);
  CHECK_CLOSE(g.x.values, differences(x.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.w.values, differences(w.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.bias, differences(bias, loss), 1e-9, 1e-7);
  // The third sample is row 1's own class.
  reference::SampledSoftmax s{table(random, 3, 4),
                              table(random, 7, 4),
                              table(random, 1, 7).values,
                              table(random, 1, 7).values,
                              {5, 2, 5, 1, 0, 2, 9}};
  const auto of_sampled = [&] { return reference::sampled_softmax(s); };
  const auto h = reference::sampled_softmax_gradient(s, 1);
  CHECK_CLOSE(h.x.values, differences(s.x.values, of_sampled), 1e-9, 1e-7);
  CHECK_CLOSE(h.w.values, differences(s.w.values, of_sampled), 1e-9, 1e-7);
  CHECK_CLOSE(h.bias, differences(s.bias, of_sampled), 1e-9, 1e-7);
}

TEST(all_classes_sampled_once_give_the_whole_softmax) {
  Random random(7);
  GemmScratch scratch;
  const Problem p(random, 5, 30, 8, true, 0);
  Numbers w(35, 8), bias(1, 35), probabilities(5, 30), own(1, 5), losses(1, 5);
  std::vector<int32_t> ids = p.labels;
  for (int32_t c = 0; c < 30; ++c) ids.push_back(c);
  for (int64_t i = 0; i < 35; ++i) {
    std::copy_n(p.w.data() + ids[i] * 8, 8, w.data() + i * 8);
    bias.values[i] = p.bias.values[ids[i]];
  }
  const float sampled = nn::sampled_softmax({p.x.view(), w.view(), bias.data(), nullptr, ids.data()},
                                            probabilities.view(), own.data(), scratch, nullptr);
  CHECK_CLOSE(one(sampled), one(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)), 1e-6, 1e-6);
}

TEST(bad_labels_are_refused_and_what_is_not_finite_is_told) {
  Random random(8);
  GemmScratch scratch;
  Problem p(random, 3, 10, 4, true, 0);
  Numbers losses(1, 3);
  Gradients g(p);
  for (const int32_t bad : {10, INT32_MAX}) {
    p.labels[2] = bad;
    CHECK_THROWS("ERR_VALUE", "labels[2]", nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr));
    CHECK_THROWS("ERR_VALUE", "labels[2]",
                 nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, g.out(), scratch, nullptr));
  }
  p.labels = {-1, INT32_MIN, -7};
  CHECK_EQUAL(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr), 0.0f);
  nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, g.out(), scratch, nullptr);
  CHECK(g.w.values == std::vector<float>(40, 0.0f) && g.x.values == std::vector<float>(12, 0.0f));
  p.labels = {1, 2, 3};
  for (const float bad : {NAN, INFINITY}) {
    p.w.values[30] = bad;
    CHECK(std::isnan(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)));
    Sampled s(random, 3, 4, 5);
    s.w.values[1] = bad;
    Numbers q(3, 4), own(1, 3);
    CHECK(!std::isfinite(nn::sampled_softmax(s.of(false), q.view(), own.data(), scratch, nullptr)));
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(9);
  GemmScratch scratch;
  const Problem p(random, 700, 2300, 20, true);
  const Sampled s(random, 300, 200, 20);
  CHECK_SAME_BITS(Numbers losses(1, 700), q(300, 200), own(1, 300), dx(300, 20), dw(500, 20), dbias(1, 500);
                  Gradients g(p); nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr);
                  nn::linear_cross_entropy_gradient(p.of(), losses.data(), 1, g.out(), scratch, nullptr);
                  nn::sampled_softmax(s.of(false), q.view(), own.data(), scratch, nullptr);
                  nn::sampled_softmax_gradient(s.of(false), q.view(), own.data(), 1, dx.view(), dw.view(), dbias.data(),
                                               scratch, nullptr);
                  return joined({losses, g.x, g.w, g.bias, q, own, dx, dw, dbias}));
}

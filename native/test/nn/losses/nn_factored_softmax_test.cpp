#include <algorithm>
#include <cmath>

#include "kindred/nn/losses/large_softmax.h"
#include "reference/nn/losses/large_softmax.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int64_t kWidth = 3;

std::vector<double> one(double value) { return {value}; }

// Logits of rows, labels some of which are missing, factors of either sign, and excluded classes that may be labels.
struct Problem {
  Numbers x, w, bias, factors;
  std::vector<int32_t> labels, excluded;

  Problem(Random& random, int64_t rows, int64_t classes, int64_t dims)
      : x(random, rows, dims), w(random, classes, dims), bias(random, 1, classes), factors(random, 1, rows, -2, 2) {
    for (int64_t r = 0; r < rows; ++r)
      labels.push_back(static_cast<int32_t>(random.integer(-1, std::max<int64_t>(classes, 1) - 1)));
    for (int64_t n = 0; n < rows * kWidth; ++n)
      excluded.push_back(static_cast<int32_t>(random.integer(-1, std::max<int64_t>(classes, 1) - 1)));
  }
  nn::LargeSoftmax of() const {
    return {x.view(), w.view(), bias.data(), labels.data(), factors.data(), {excluded.data(), kWidth}};
  }
  nn::LinearSampling sampling(uint64_t seed) const {
    return {x.view(), w.view(), bias.data(), {excluded.data(), kWidth}, seed};
  }
  reference::FactoredLoss expected(double dloss) const {
    return reference::factored_cross_entropy(x.table(), w.table(), doubles(bias.values), labels,
                                             doubles(factors.values), excluded, kWidth, dloss);
  }
};

std::vector<int32_t> drawn(const nn::LinearSampling& of) {
  GemmScratch scratch;
  std::vector<int32_t> out(of.x.rows, -7);
  nn::sample_linear(of, out.data(), scratch, nullptr);
  return out;
}

}  // namespace

TEST(factors_and_excluded_classes_equal_the_reference) {
  Random random(1);
  GemmScratch scratch;
  for (const int64_t classes : {1, 4, 33, 2049, 2051})
    for (const int64_t rows : {0, 1, 9, 33})
      for (const int64_t dims : {1, 8}) {
        const Problem p(random, rows, classes, dims);
        const auto expected = p.expected(-1.5);
        Numbers losses(1, rows), dx(rows, dims), dw(classes, dims), dbias(1, classes);
        CHECK_CLOSE(one(nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr)), one(expected.loss), 4e-6,
                    2e-6);
        nn::linear_cross_entropy_gradient(p.of(), losses.data(), -1.5f, {dx.data(), dw.data(), dbias.data()}, scratch,
                                          nullptr);
        CHECK_CLOSE(dx.values, expected.gradients.x.values, 6e-6, 2e-5);
        CHECK_CLOSE(dw.values, expected.gradients.w.values, 6e-6, 2e-5);
        CHECK_CLOSE(dbias.values, expected.gradients.bias, 6e-6, 2e-5);
        const auto once = p.expected(1);
        CHECK_CLOSE(
            one(nn::linear_cross_entropy_with_gradient(p.of(), {dx.data(), dw.data(), dbias.data()}, scratch, nullptr)),
            one(once.loss), 4e-6, 2e-6);
        CHECK_CLOSE(dx.values, once.gradients.x.values, 6e-6, 2e-5);
        CHECK_CLOSE(dw.values, once.gradients.w.values, 6e-6, 2e-5);
        CHECK_CLOSE(dbias.values, once.gradients.bias, 6e-6, 2e-5);
      }
}

TEST(the_reference_has_the_gradients_of_central_differences) {
  Random random(2);
  reference::Table x = table(random, 4, 3), w = table(random, 6, 3);
  reference::Doubles bias = table(random, 1, 6).values;
  const std::vector<int32_t> labels{1, -1, 4, 0}, excluded{2, 5, 0, 1, -1, 4, 3, -1};
  const reference::Doubles factors{1.5, 2, -0.5, 0.25};
  const auto loss = [&] { return reference::factored_cross_entropy(x, w, bias, labels, factors, excluded, 2, 1).loss; };
  const auto g = reference::factored_cross_entropy(x, w, bias, labels, factors, excluded, 2, 1).gradients;
  CHECK_CLOSE(g.x.values, differences(x.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.w.values, differences(w.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.bias, differences(bias, loss), 1e-9, 1e-7);
}

TEST(a_row_gets_the_class_that_its_number_falls_on) {
  Random random(3);
  for (const int64_t classes : {4, 5, 257, 1031, 5000})
    for (const int64_t rows : {0, 1, 31, 300}) {
      Problem p(random, rows, classes, 6);
      const uint64_t seed = static_cast<uint64_t>(classes * 1000 + rows);
      const std::vector<int32_t> found = drawn(p.sampling(seed));
      const auto q =
          reference::probabilities_without(p.x.table(), p.w.table(), doubles(p.bias.values), p.excluded, kWidth);
      for (int64_t r = 0; r < rows; ++r) {
        CHECK(found[r] >= 0 && found[r] < classes && q.at(r, found[r]) > 0);
        double before = 0;
        for (int64_t c = 0; c < found[r]; ++c) before += q.at(r, c);
        const double number = nn::sampling_number(seed, r);
        CHECK(number >= before - 1e-5 && number < before + q.at(r, found[r]) + 1e-5);
      }
    }
}

TEST(classes_come_as_often_as_they_are_probable) {
  Random random(4);
  Problem p(random, 1, 5, 2);
  p.excluded = {3, -1, 3};
  const auto q = reference::probabilities_without(p.x.table(), p.w.table(), doubles(p.bias.values), p.excluded, kWidth);
  std::vector<double> share(5, 0.0);
  constexpr int kDraws = 20000;
  for (int seed = 0; seed < kDraws; ++seed) share[drawn(p.sampling(seed))[0]] += 1.0 / kDraws;
  for (int64_t c = 0; c < 5; ++c) CHECK(std::fabs(share[c] - q.at(0, c)) < 0.015);
  CHECK_EQUAL(share[3], 0.0);
}

TEST(what_is_drawn_depends_on_the_seed_and_the_row) {
  Random random(5);
  const Problem p(random, 200, 900, 4);
  CHECK(drawn(p.sampling(1)) == drawn(p.sampling(1)));
  CHECK(drawn(p.sampling(1)) != drawn(p.sampling(2)));
}

TEST(bad_classes_are_refused) {
  Random random(6);
  GemmScratch scratch;
  Problem p(random, 3, 3, 4);
  Numbers losses(1, 3);
  p.excluded = {0, 1, 2, -1, -1, -1, 0, 0, 0};
  CHECK_THROWS("ERR_VALUE", "row 0", drawn(p.sampling(1)));
  p.excluded[2] = 3;
  CHECK_THROWS("ERR_VALUE", "excluded", drawn(p.sampling(1)));
  CHECK_THROWS("ERR_VALUE", "excluded", nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr));
  p.excluded[2] = -1;
  for (const float bad : {NAN, INFINITY}) {
    p.w.values[5] = bad;
    CHECK_THROWS("ERR_NOT_FINITE", "row", drawn(p.sampling(1)));
  }
  Problem none(random, 2, 0, 4);
  CHECK_THROWS("ERR_VALUE", "class", drawn(none.sampling(1)));
}

TEST(draws_have_the_same_bits_for_any_number_of_threads) {
  Random random(7);
  GemmScratch scratch;
  const Problem p(random, 500, 3000, 20);
  CHECK_SAME_BITS(Numbers ids(1, 500), losses(1, 500), dx(500, 20), dw(3000, 20), dbias(1, 3000);
                  const std::vector<int32_t> found = drawn(p.sampling(9));
                  for (size_t r = 0; r < found.size(); ++r) ids.values[r] = static_cast<float>(found[r]);
                  nn::linear_cross_entropy(p.of(), losses.data(), scratch, nullptr); nn::linear_cross_entropy_gradient(
                      p.of(), losses.data(), 1, {dx.data(), dw.data(), dbias.data()}, scratch, nullptr);
                  return joined({ids, losses, dx, dw, dbias}));
}

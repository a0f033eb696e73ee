#include <cmath>

#include "kindred/nn/sequences/crf.h"
#include "reference/nn/sequences/crf.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> one(double value) { return {value}; }

struct Problem {
  std::vector<int32_t> offsets, labels;
  Numbers emissions, transitions, start, end;

  Problem(Random& random, const std::vector<int32_t>& lengths, int64_t tags, double size = 2)
      : offsets(offsets_of(lengths)),
        emissions(random, offsets.back(), tags, -size, size),
        transitions(random, tags, tags, -size, size),
        start(random, 1, tags, -size, size),
        end(random, 1, tags, -size, size) {
    for (int32_t t = 0; t < offsets.back(); ++t) labels.push_back(static_cast<int32_t>(random.integer(0, tags - 1)));
  }
  nn::Crf of() const {
    return {emissions.view(),
            {offsets.data(), static_cast<int64_t>(offsets.size()) - 1},
            transitions.view(),
            start.data(),
            end.data()};
  }
  reference::Crf same() const {
    return {emissions.table(), offsets, transitions.table(), doubles(start.values), doubles(end.values)};
  }
};

struct Gradients {
  Numbers emissions, transitions, start, end;
  explicit Gradients(const Problem& p)
      : emissions(p.emissions.rows, p.emissions.cols),
        transitions(p.emissions.cols, p.emissions.cols),
        start(1, p.emissions.cols),
        end(1, p.emissions.cols) {}
  nn::CrfGradient out() { return {emissions.view(), transitions.view(), start.data(), end.data()}; }
};

}  // namespace

TEST(loss_gradient_and_decoding_equal_those_of_all_taggings) {
  Random random(1);
  for (const int64_t tags : {1, 2, 3, 5})
    for (const auto& lengths : std::vector<std::vector<int32_t>>{{}, {0}, {1}, {4, 0, 1, 2}, {0, 3, 3, 2, 5, 1, 0}}) {
      const Problem p(random, lengths, tags);
      CHECK_CLOSE(one(nn::crf_loss(p.of(), p.labels.data(), nullptr)), one(reference::crf_loss(p.same(), p.labels)),
                  1e-6, 1e-6);
      Gradients g(p);
      nn::crf_loss_gradient(p.of(), p.labels.data(), -1.5f, g.out(), nullptr);
      const auto expected = reference::crf_loss_gradient(p.same(), p.labels, -1.5);
      CHECK_CLOSE(g.emissions.values, expected.emissions.values, 1e-6, 1e-6);
      CHECK_CLOSE(g.transitions.values, expected.transitions.values, 1e-6, 1e-6);
      CHECK_CLOSE(g.start.values, expected.start, 1e-6, 1e-6);
      CHECK_CLOSE(g.end.values, expected.end, 1e-6, 1e-6);
      std::vector<int32_t> decoded(p.labels.size(), 7);
      nn::crf_decode(p.of(), decoded.data(), nullptr);
      CHECK(decoded == reference::crf_decode(p.same()));
    }
}

TEST(ties_go_to_the_lower_tag) {
  Random random(2);
  for (int n = 0; n < 50; ++n) {
    Problem p(random, {5, 1, 4}, 3);
    for (Numbers* numbers : {&p.emissions, &p.transitions, &p.start, &p.end})
      numbers->values = random.integers(static_cast<int64_t>(numbers->values.size()), 0, 1);
    std::vector<int32_t> decoded(10);
    nn::crf_decode(p.of(), decoded.data(), nullptr);
    CHECK(decoded == reference::crf_decode(p.same()));
  }
}

TEST(gradients_equal_central_differences) {
  Random random(3);
  const Problem p(random, {3, 1, 0, 4}, 3, 1);
  reference::Crf crf = p.same();
  const auto loss = [&] { return reference::crf_loss(crf, p.labels); };
  const auto g = reference::crf_loss_gradient(crf, p.labels, 1);
  CHECK_CLOSE(g.emissions.values, differences(crf.emissions.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.transitions.values, differences(crf.transitions.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.start, differences(crf.start, loss), 1e-9, 1e-7);
  CHECK_CLOSE(g.end, differences(crf.end, loss), 1e-9, 1e-7);
}

TEST(great_scores_and_long_sequences_stay_finite) {
  Random random(4);
  for (const double size : {1.0, 100.0, 1e6}) {
    Problem p(random, {700, 3}, 4, size);
    p.transitions.values[5] = -static_cast<float>(size) * 1000;  // as good as forbidden
    Gradients g(p);
    const float loss = nn::crf_loss(p.of(), p.labels.data(), nullptr);
    CHECK(std::isfinite(loss) && loss > 0);
    nn::crf_loss_gradient(p.of(), p.labels.data(), 1, g.out(), nullptr);
    double sum = 0;
    for (const float x : g.emissions.values) {
      CHECK(std::isfinite(x) && std::fabs(x) <= 0.5f);  // a difference of probabilities, over two sequences
      sum += x;
    }
    CHECK(std::fabs(sum) < 1e-4);
    // The tags decoded score at least as well as the labels, and cost less.
    std::vector<int32_t> decoded(p.labels.size());
    nn::crf_decode(p.of(), decoded.data(), nullptr);
    const float least = nn::crf_loss(p.of(), decoded.data(), nullptr);
    CHECK(least >= -1e-4f && least < loss);
  }
  Problem p(random, {3}, 2);
  p.emissions.values[2] = NAN;
  CHECK(std::isnan(nn::crf_loss(p.of(), p.labels.data(), nullptr)));
  std::vector<int32_t> decoded(3, 7);
  nn::crf_decode(p.of(), decoded.data(), nullptr);
  for (const int32_t tag : decoded) CHECK(tag == 0 || tag == 1);
}

TEST(bad_labels_and_offsets_are_refused) {
  Random random(5);
  Problem p(random, {2, 3}, 3);
  Gradients g(p);
  for (const int32_t bad : {-1, 3, INT32_MAX, INT32_MIN}) {
    auto labels = p.labels;
    labels[4] = bad;
    CHECK_THROWS("ERR_VALUE", "labels[4]", nn::crf_loss(p.of(), labels.data(), nullptr));
    CHECK_THROWS("ERR_VALUE", "labels[4]", nn::crf_loss_gradient(p.of(), labels.data(), 1, g.out(), nullptr));
  }
  p.offsets[2] = 4;
  CHECK_THROWS("ERR_SHAPE", "", nn::crf_loss(p.of(), p.labels.data(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "", nn::crf_decode(p.of(), p.labels.data(), nullptr));
  const int32_t offsets[] = {0, 2};
  int32_t tags[2];
  CHECK_THROWS("ERR_VALUE", "at least one tag",
               nn::crf_decode({{nullptr, 2, 0}, {offsets, 1}, {nullptr, 0, 0}, nullptr, nullptr}, tags, nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  std::vector<int32_t> lengths;
  for (int n = 0; n < 41; ++n) lengths.push_back(static_cast<int32_t>(random.integer(0, 30)));
  const Problem p(random, lengths, 7);
  CHECK_SAME_BITS(Gradients g(p); std::vector<int32_t> decoded(p.labels.size());
                  nn::crf_loss_gradient(p.of(), p.labels.data(), 1, g.out(), nullptr);
                  nn::crf_decode(p.of(), decoded.data(), nullptr);
                  auto all = joined({g.emissions, g.transitions, g.start, g.end});
                  all.push_back(nn::crf_loss(p.of(), p.labels.data(), nullptr));
                  all.insert(all.end(), decoded.begin(), decoded.end()); return all);
}

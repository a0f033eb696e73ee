#include <cmath>

#include "kindred/nn/losses/loss.h"
#include "reference/nn/losses/loss.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<int32_t> random_labels(Random& random, int64_t rows, int64_t classes) {
  std::vector<int32_t> labels(rows);
  for (int32_t& label : labels) label = static_cast<int32_t>(random.integer(-1, classes - 1));
  return labels;
}

}  // namespace

TEST(softmax_and_cross_entropy_equal_the_reference) {
  Random random(1);
  for (const int64_t classes : {1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 129, 1025})
    for (const int64_t rows : {0, 1, 15, 16, 17, 65}) {
      const Numbers x(random, rows, classes, -6, 6);
      const auto labels = random_labels(random, rows, classes);
      Numbers p(rows, classes), dx(rows, classes);
      nn::softmax_rows(x.view(), p.view(), nullptr);
      CHECK_CLOSE(p.values, reference::softmax_rows(x.table()).values, 0, 2e-6);
      const double loss = nn::cross_entropy(x.view(), labels.data(), nullptr);
      CHECK_CLOSE(std::vector<double>{loss}, std::vector<double>{reference::cross_entropy(x.table(), labels)}, 1e-6,
                  1e-6);
      nn::cross_entropy_gradient(x.view(), labels.data(), -1.5f, dx.view(), nullptr);
      CHECK_CLOSE(dx.values, reference::cross_entropy_gradient(x.table(), labels, -1.5).values, 1e-6, 2e-6);
      Numbers in_place = x;
      nn::softmax_rows(in_place.view(), in_place.view(), nullptr);
      CHECK(in_place.values == p.values);
    }
}

TEST(large_logits_keep_their_differences) {
  Random random(2);
  for (const double offset : {1e4, -1e4, 1e6, -3e7})
    for (const int64_t classes : {3, 16, 40}) {
      Numbers x(random, 20, classes, offset - 100, offset + 100);
      const auto labels = random_labels(random, 20, classes);
      const double loss = nn::cross_entropy(x.view(), labels.data(), nullptr);
      CHECK_CLOSE(std::vector<double>{loss}, std::vector<double>{reference::cross_entropy(x.table(), labels)}, 1e-6,
                  1e-6);
    }
  const float far[] = {0, -3e38f, 3e38f};  // differences beyond floats
  const int32_t label = 2, other = 0;
  CHECK_EQUAL(nn::cross_entropy({far, 1, 3}, &label, nullptr), 0.0f);
  CHECK_EQUAL(nn::cross_entropy({far, 1, 3}, &other, nullptr), 3e38f);
}

TEST(softmax_of_the_whole_range) {
  // Weights of a difference d are exp(d): 0 below -87.33, where floats end.
  for (float d = 0; d > -120; d -= 0.37f)
    for (const int64_t at : {0, 5, 16, 18}) {
      Numbers x(1, 19), p(1, 19);
      std::fill(x.values.begin(), x.values.end(), -INFINITY);
      x.values[at] = 3 + d;
      x.values[2] = 3;
      nn::softmax_rows(x.view(), p.view(), nullptr);
      const double e = std::exp(double(x.values[at]) - 3), expected = e / (1 + e);
      CHECK(std::fabs(p.values[at] - expected) <= 1e-6 * expected + 1.2e-38);
      CHECK_EQUAL(p.values[3], 0.0f);
    }
}

TEST(what_has_no_softmax_is_not_a_number) {
  for (const int64_t classes : {1, 5, 16, 37})
    for (const float bad : {NAN, INFINITY}) {
      for (int64_t at = 0; at < classes; ++at) {
        Numbers x(1, classes), p(1, classes);
        x.values[at] = bad;
        nn::softmax_rows(x.view(), p.view(), nullptr);
        for (const float value : p.values) CHECK(std::isnan(value));
        const int32_t label = 0;
        CHECK(std::isnan(nn::cross_entropy(x.view(), &label, nullptr)));
      }
      Numbers none(1, classes), p(1, classes);
      std::fill(none.values.begin(), none.values.end(), -INFINITY);
      nn::softmax_rows(none.view(), p.view(), nullptr);
      for (const float value : p.values) CHECK(std::isnan(value));
    }
  const float never[] = {0, -INFINITY};
  const int32_t label = 1;
  CHECK_EQUAL(nn::cross_entropy({never, 1, 2}, &label, nullptr), INFINITY);
}

TEST(losses_of_numbers_equal_the_reference) {
  Random random(3);
  for (const int64_t n : {0, 1, 3, 33, 4095, 4096, 4097, 9001}) {
    const Numbers x(random, 1, n, -20, 20), targets(random, 1, n, 0, 1);
    Numbers dx(1, n), dz(1, n);
    const auto one = [](double value) { return std::vector<double>{value}; };
    const auto logits = doubles(x.values), wanted = doubles(targets.values);
    CHECK_CLOSE(one(nn::binary_cross_entropy(x.data(), targets.data(), n, nullptr)),
                one(reference::binary_cross_entropy(logits, wanted)), 1e-7, 1e-7);
    nn::binary_cross_entropy_gradient(x.data(), targets.data(), n, 0.5f, dx.data(), nullptr);
    CHECK_CLOSE(dx.values, reference::binary_cross_entropy_gradient(logits, wanted, 0.5), 1e-9, 1e-6);
    CHECK_CLOSE(one(nn::squared_error(x.data(), targets.data(), n, nullptr)),
                one(reference::squared_error(logits, wanted)), 1e-7, 1e-7);
    nn::squared_error_gradient(x.data(), targets.data(), n, 0.5f, dz.data(), nullptr);
    CHECK_CLOSE(dz.values, reference::squared_error_gradient(logits, wanted, 0.5), 1e-9, 1e-6);
  }
  const float far[] = {1000, -1000, 3e38f}, targets[] = {1, 0, 0.5f};
  float dx[3];
  CHECK(std::fabs(nn::binary_cross_entropy(far, targets, 3, nullptr) / 5e37f - 1) < 1e-6f);
  nn::binary_cross_entropy_gradient(far, targets, 3, 3, dx, nullptr);
  CHECK_CLOSE(std::vector<float>(dx, dx + 3), (std::vector<double>{0, 0, 0.5}), 0, 0);
}

TEST(gradients_equal_central_differences) {
  Random random(4);
  reference::Table x = table(random, 4, 5);
  const std::vector<int32_t> labels{1, -1, 4, 0};
  const auto entropy = [&] { return reference::cross_entropy(x, labels); };
  CHECK_CLOSE(reference::cross_entropy_gradient(x, labels, 1).values, differences(x.values, entropy), 1e-9, 1e-7);
  reference::Doubles targets = table(random, 4, 5).values;
  for (double& target : targets) target = std::fabs(target);
  const auto binary = [&] { return reference::binary_cross_entropy(x.values, targets); };
  CHECK_CLOSE(reference::binary_cross_entropy_gradient(x.values, targets, 1), differences(x.values, binary), 1e-9,
              1e-7);
  const auto squared = [&] { return reference::squared_error(x.values, targets); };
  CHECK_CLOSE(reference::squared_error_gradient(x.values, targets, 1), differences(x.values, squared), 1e-9, 1e-7);
}

TEST(labels_that_are_no_class_are_refused) {
  Random random(5);
  const Numbers x(random, 3, 4);
  Numbers dx(3, 4);
  for (const int32_t bad : {4, 5, INT32_MAX}) {
    const int32_t labels[] = {0, -1, bad};
    CHECK_THROWS("ERR_VALUE", "labels[2]", nn::cross_entropy(x.view(), labels, nullptr));
    CHECK_THROWS("ERR_VALUE", "labels[2]", nn::cross_entropy_gradient(x.view(), labels, 1, dx.view(), nullptr));
  }
  const int32_t none[] = {-1, INT32_MIN, -7}, first[] = {0, 0, 0};
  CHECK_EQUAL(nn::cross_entropy(x.view(), none, nullptr), 0.0f);
  nn::cross_entropy_gradient(x.view(), none, 1, dx.view(), nullptr);
  CHECK(dx.values == std::vector<float>(12, 0.0f));
  CHECK_THROWS("ERR_VALUE", "labels[0]", nn::cross_entropy({nullptr, 3, 0}, first, nullptr));
  CHECK_EQUAL(nn::cross_entropy({nullptr, 3, 0}, none, nullptr), 0.0f);
  nn::softmax_rows({nullptr, 3, 0}, {nullptr, 3, 0}, nullptr);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers x(random, 300, 37), targets(random, 300, 37, 0, 1);
  const auto labels = random_labels(random, 300, 37);
  const int64_t n = 300 * 37;
  CHECK_SAME_BITS(
      Numbers p(300, 37), dx(300, 37), dz(300, 37), de(300, 37); nn::softmax_rows(x.view(), p.view(), nullptr);
      nn::cross_entropy_gradient(x.view(), labels.data(), 1, dx.view(), nullptr);
      nn::binary_cross_entropy_gradient(x.data(), targets.data(), n, 1, dz.data(), nullptr);
      nn::squared_error_gradient(x.data(), targets.data(), n, 1, de.data(), nullptr);
      auto all = joined({p, dx, dz, de}); all.push_back(nn::cross_entropy(x.view(), labels.data(), nullptr));
      all.push_back(nn::binary_cross_entropy(x.data(), targets.data(), n, nullptr));
      all.push_back(nn::squared_error(x.data(), targets.data(), n, nullptr)); return all);
}

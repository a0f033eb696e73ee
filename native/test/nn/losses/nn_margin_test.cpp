#include <cmath>

#include "kindred/nn/losses/margin.h"
#include "reference/nn/losses/margin.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> one(double value) { return {value}; }

Numbers signs_of(Random& random, int64_t n) {
  Numbers out(random, 1, n);
  for (float& sign : out.values) sign = sign > 0 ? 1.0f : -1.0f;
  return out;
}

}  // namespace

TEST(margin_losses_equal_the_reference) {
  Random random(1);
  for (const int64_t n : {0, 1, 3, 33, 4095, 4096, 4097, 9001})
    for (const bool with_signs : {false, true})
      for (const float margin : {0.0f, 0.5f, -0.25f}) {
        const Numbers x(random, 1, n), signs = signs_of(random, n);
        const auto values = doubles(x.values);
        const auto given = with_signs ? doubles(signs.values) : reference::Doubles{};
        Numbers dx(1, n);
        nn::MarginLoss of{nn::Margin::hinge, x.data(), with_signs ? signs.data() : nullptr, n, margin};
        CHECK_CLOSE(one(nn::margin_loss(of, nullptr)), one(reference::hinge_loss(values, given, margin)), 1e-7, 1e-7);
        nn::margin_loss_gradient(of, -1.5f, dx.data(), nullptr);
        CHECK_CLOSE(dx.values, reference::hinge_loss_gradient(values, given, margin, -1.5), 0, 1e-6);
        of.kind = nn::Margin::cosine;
        CHECK_CLOSE(one(nn::margin_loss(of, nullptr)), one(reference::cosine_loss(values, given, margin)), 1e-7, 1e-7);
        nn::margin_loss_gradient(of, -1.5f, dx.data(), nullptr);
        CHECK_CLOSE(dx.values, reference::cosine_loss_gradient(values, given, margin, -1.5), 0, 1e-6);
      }
}

TEST(weighted_losses_equal_the_reference) {
  Random random(2);
  for (const int64_t rows : {0, 1, 15, 16, 17, 65})
    for (const int64_t cols : {1, 3, 33})
      for (const bool squared : {false, true}) {
        const Numbers x(random, rows, cols, -9, 9), targets(random, rows, cols, 0, 1);
        Numbers weights(random, 1, rows, 0, 2), dx(rows, cols);
        for (int64_t r = 0; r < rows; r += 4) weights.values[r] = 0;
        const nn::WeightedLoss of{squared ? nn::NumberLoss::squared_error : nn::NumberLoss::binary_cross_entropy,
                                  x.view(), targets.view(), weights.data()};
        const auto given = doubles(weights.values);
        CHECK_CLOSE(one(nn::weighted_loss(of, nullptr)),
                    one(reference::weighted_loss(squared, x.table(), targets.table(), given)), 1e-7, 1e-6);
        nn::weighted_loss_gradient(of, 2, dx.view(), nullptr);
        CHECK_CLOSE(dx.values, reference::weighted_loss_gradient(squared, x.table(), targets.table(), given, 2).values,
                    1e-9, 1e-6);
      }
  const float bad[] = {1, -1};
  Numbers x(2, 1), dx(2, 1);
  const nn::WeightedLoss of{nn::NumberLoss::squared_error, x.view(), x.view(), bad};
  CHECK_THROWS("ERR_VALUE", "weights[1]", nn::weighted_loss(of, nullptr));
  CHECK_THROWS("ERR_VALUE", "weights[1]", nn::weighted_loss_gradient(of, 1, dx.view(), nullptr));
}

TEST(gradients_equal_central_differences) {
  Random random(3);
  reference::Table x = table(random, 4, 5);
  const auto signs = doubles(signs_of(random, 20).values);
  const auto hinge = [&] { return reference::hinge_loss(x.values, signs, 0.3); };
  CHECK_CLOSE(reference::hinge_loss_gradient(x.values, signs, 0.3, 1), differences(x.values, hinge), 1e-9, 1e-7);
  const auto cosine = [&] { return reference::cosine_loss(x.values, signs, 0.1); };
  CHECK_CLOSE(reference::cosine_loss_gradient(x.values, signs, 0.1, 1), differences(x.values, cosine), 1e-9, 1e-7);
  const reference::Table targets = table(random, 4, 5);
  for (const bool squared : {false, true}) {
    const reference::Doubles weights{1, 0, 0.5, 3};
    const auto loss = [&] { return reference::weighted_loss(squared, x, targets, weights); };
    CHECK_CLOSE(reference::weighted_loss_gradient(squared, x, targets, weights, 1).values, differences(x.values, loss),
                1e-9, 1e-7);
  }
}

TEST(what_is_no_number_is_told) {
  const float x[] = {0, NAN}, signs[] = {-1, -1};
  for (const auto kind : {nn::Margin::hinge, nn::Margin::cosine})
    for (const float* const given : {static_cast<const float*>(nullptr), static_cast<const float*>(signs)})
      CHECK(std::isnan(nn::margin_loss({kind, x, given, 2, 1}, nullptr)));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const int64_t n = 300 * 70;
  const Numbers x(random, 300, 70), targets(random, 300, 70, 0, 1), weights(random, 1, 300, 0, 1),
      signs = signs_of(random, n);
  CHECK_SAME_BITS(
      Numbers a(1, n), b(300, 70); const nn::MarginLoss m{nn::Margin::hinge, x.data(), signs.data(), n, 1};
      const nn::WeightedLoss w{nn::NumberLoss::binary_cross_entropy, x.view(), targets.view(), weights.data()};
      nn::margin_loss_gradient(m, 1, a.data(), nullptr); nn::weighted_loss_gradient(w, 1, b.view(), nullptr);
      auto all = joined({a, b}); all.push_back(nn::margin_loss(m, nullptr));
      all.push_back(nn::weighted_loss(w, nullptr)); return all);
}

#include <cmath>

#include "kindred/nn/losses/soft_loss.h"
#include "reference/nn/losses/soft_loss.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> one(double value) { return {value}; }

// Rows of probabilities, some of them 0.
Numbers distributions(Random& random, int64_t rows, int64_t classes) {
  Numbers out(random, rows, classes, 0, 1);
  for (int64_t r = 0; r < rows; ++r) {
    float sum = 0;
    float* const row = out.data() + r * classes;
    for (int64_t c = 0; c < classes; ++c) {
      if (c % 3 == 1 && classes > 1) row[c] = 0;
      sum += row[c];
    }
    for (int64_t c = 0; c < classes; ++c) row[c] /= sum;
  }
  return out;
}

Numbers weights_of(Random& random, int64_t rows) {
  Numbers out(random, 1, rows, 0, 3);
  for (int64_t r = 0; r < rows; r += 3) out.values[r] = 0;
  return out;
}

std::vector<int32_t> labels_of(Random& random, int64_t rows, int64_t classes) {
  std::vector<int32_t> labels(rows);
  for (int32_t& label : labels) label = static_cast<int32_t>(random.integer(-1, classes - 1));
  return labels;
}

}  // namespace

TEST(soft_cross_entropy_equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t classes : {1, 2, 3, 15, 16, 17, 33, 1025})
    for (const int64_t rows : {0, 1, 15, 16, 17, 65})
      for (const bool weighted : {false, true})
        for (const float temperature : {1.0f, 0.25f, 4.0f}) {
          const Numbers x(random, rows, classes, -6, 6), t = distributions(random, rows, classes),
                                                         w = weights_of(random, rows);
          Numbers dx(rows, classes);
          for (const bool relative : {false, true}) {
            const nn::SoftTargets with{t.view(), weighted ? w.data() : nullptr, temperature, relative};
            const reference::SoftTargets same{t.table(), weighted ? doubles(w.values) : reference::Doubles{},
                                              temperature, relative};
            CHECK_CLOSE(one(nn::soft_cross_entropy(x.view(), with, nullptr)),
                        one(reference::soft_cross_entropy(x.table(), same)), 2e-6, 2e-6);
            nn::soft_cross_entropy_gradient(x.view(), with, -1.5f, dx.view(), nullptr);
            CHECK_CLOSE(dx.values, reference::soft_cross_entropy_gradient(x.table(), same, -1.5).values, 2e-6, 4e-6);
          }
        }
}

TEST(smooth_cross_entropy_equals_the_reference_on_awkward_sizes) {
  Random random(2);
  for (const int64_t classes : {1, 2, 3, 16, 17, 1025})
    for (const int64_t rows : {0, 1, 16, 17, 65})
      for (const bool weighted : {false, true})
        for (const float smoothing : {0.0f, 0.1f, 0.9f}) {
          const Numbers x(random, rows, classes, -6, 6), w = weights_of(random, rows);
          const auto labels = labels_of(random, rows, classes);
          Numbers dx(rows, classes);
          const nn::SmoothLabels with{labels.data(), weighted ? w.data() : nullptr, smoothing};
          const reference::SmoothLabels same{labels, weighted ? doubles(w.values) : reference::Doubles{}, smoothing};
          CHECK_CLOSE(one(nn::smooth_cross_entropy(x.view(), with, nullptr)),
                      one(reference::smooth_cross_entropy(x.table(), same)), 2e-6, 2e-6);
          nn::smooth_cross_entropy_gradient(x.view(), with, 2, dx.view(), nullptr);
          CHECK_CLOSE(dx.values, reference::smooth_cross_entropy_gradient(x.table(), same, 2).values, 2e-6, 4e-6);
        }
}

TEST(gradients_equal_central_differences) {
  Random random(3);
  reference::Table x = table(random, 4, 5);
  const Numbers t = distributions(random, 4, 5);
  for (const auto& weights : {reference::Doubles{}, reference::Doubles{0.5, 0, 2, 1}}) {
    const reference::SoftTargets soft{t.table(), weights, 0.7, true};
    const auto of_soft = [&] { return reference::soft_cross_entropy(x, soft); };
    CHECK_CLOSE(reference::soft_cross_entropy_gradient(x, soft, 1).values, differences(x.values, of_soft), 1e-9, 1e-7);
    const reference::SmoothLabels smooth{{2, -1, 0, 4}, weights, 0.2};
    const auto of_smooth = [&] { return reference::smooth_cross_entropy(x, smooth); };
    CHECK_CLOSE(reference::smooth_cross_entropy_gradient(x, smooth, 1).values, differences(x.values, of_smooth), 1e-9,
                1e-7);
  }
}

TEST(a_distribution_diverges_from_itself_by_nothing) {
  Random random(4);
  for (const double offset : {0.0, 1e4, -3e6}) {  // large logits keep their differences
    Numbers x(random, 9, 21, offset - 4, offset + 4), t(9, 21);
    for (int64_t r = 0; r < 9; ++r) {
      double sum = 0;
      const float most = *std::max_element(x.data() + r * 21, x.data() + (r + 1) * 21);
      for (int64_t c = 0; c < 21; ++c) sum += std::exp((double(x.values[r * 21 + c]) - most) / 2);
      for (int64_t c = 0; c < 21; ++c)
        t.values[r * 21 + c] = static_cast<float>(std::exp((double(x.values[r * 21 + c]) - most) / 2) / sum);
    }
    const nn::SoftTargets with{t.view(), nullptr, 2, true};
    CHECK_CLOSE(one(nn::soft_cross_entropy(x.view(), with, nullptr)), one(0), 1e-6, 0);
    Numbers dx(9, 21);
    nn::soft_cross_entropy_gradient(x.view(), with, 9, dx.view(), nullptr);
    CHECK_CLOSE(dx.values, std::vector<double>(9 * 21, 0.0), 1e-6, 0);
  }
}

TEST(what_cannot_be_or_has_no_target_counts_nothing) {
  const float x[] = {0, -INFINITY, 1}, t[] = {0.5f, 0, 0.5f}, all[] = {0.5f, 0.25f, 0.25f};
  CHECK(std::isfinite(nn::soft_cross_entropy({x, 1, 3}, {{t, 1, 3}, nullptr, 1, true}, nullptr)));
  CHECK_EQUAL(nn::soft_cross_entropy({x, 1, 3}, {{all, 1, 3}, nullptr, 1, true}, nullptr), INFINITY);
  float dx[3];
  nn::soft_cross_entropy_gradient({x, 1, 3}, {{t, 1, 3}, nullptr, 1, true}, 1, {dx, 1, 3}, nullptr);
  CHECK_EQUAL(dx[1], 0.0f);
  for (const float bad : {NAN, INFINITY}) {
    const float y[] = {0, bad, 1};
    CHECK(std::isnan(nn::soft_cross_entropy({y, 1, 3}, {{t, 1, 3}, nullptr, 1, true}, nullptr)));
  }
}

TEST(bad_targets_weights_and_labels_are_refused) {
  Random random(5);
  const Numbers x(random, 3, 4);
  Numbers t = distributions(random, 3, 4), dx(3, 4);
  t.values[5] = -0.5f;
  CHECK_THROWS("ERR_VALUE", "targets[1]", nn::soft_cross_entropy(x.view(), {t.view(), nullptr, 1, false}, nullptr));
  CHECK_THROWS("ERR_VALUE", "targets[1]",
               nn::soft_cross_entropy_gradient(x.view(), {t.view(), nullptr, 1, false}, 1, dx.view(), nullptr));
  const int32_t labels[] = {0, -1, 3}, bad_labels[] = {0, -1, 4};
  for (const float bad : {-1.0f, NAN, INFINITY}) {
    const float weights[] = {1, bad, bad};
    CHECK_THROWS("ERR_VALUE", "weights[2]", nn::smooth_cross_entropy(x.view(), {labels, weights, 0}, nullptr));
    CHECK_THROWS("ERR_VALUE", "weights[2]",
                 nn::smooth_cross_entropy_gradient(x.view(), {labels, weights, 0}, 1, dx.view(), nullptr));
  }
  CHECK_THROWS("ERR_VALUE", "labels[2]", nn::smooth_cross_entropy(x.view(), {bad_labels, nullptr, 0}, nullptr));
  CHECK_THROWS("ERR_VALUE", "labels[2]",
               nn::smooth_cross_entropy_gradient(x.view(), {bad_labels, nullptr, 0}, 1, dx.view(), nullptr));
  const float none[] = {0, 0, 0};
  CHECK_EQUAL(nn::smooth_cross_entropy(x.view(), {labels, none, 0}, nullptr), 0.0f);
  nn::smooth_cross_entropy_gradient(x.view(), {labels, none, 0}, 1, dx.view(), nullptr);
  CHECK(dx.values == std::vector<float>(12, 0.0f));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers x(random, 300, 37), t = distributions(random, 300, 37), w = weights_of(random, 300);
  const auto labels = labels_of(random, 300, 37);
  const nn::SoftTargets soft{t.view(), w.data(), 2, true};
  const nn::SmoothLabels smooth{labels.data(), w.data(), 0.1f};
  CHECK_SAME_BITS(Numbers a(300, 37), b(300, 37); nn::soft_cross_entropy_gradient(x.view(), soft, 1, a.view(), nullptr);
                  nn::smooth_cross_entropy_gradient(x.view(), smooth, 1, b.view(), nullptr); auto all = joined({a, b});
                  all.push_back(nn::soft_cross_entropy(x.view(), soft, nullptr));
                  all.push_back(nn::smooth_cross_entropy(x.view(), smooth, nullptr)); return all);
}

#include <cmath>

#include "kindred/nn/losses/divergence.h"
#include "kindred/nn/sequences/perturbation.h"
#include "kindred/nn/training/importance.h"
#include "reference/nn/training/tuning.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

nn::Sequences view(const std::vector<int32_t>& offsets) {
  return {offsets.data(), static_cast<int64_t>(offsets.size()) - 1};
}

// Lengths of sequences with empty ones, a single token, and one that is long.
const std::vector<int32_t> kOffsets = offsets_of({0, 1, 5, 0, 33, 2, 0});

}  // namespace

TEST(divergence_equals_the_reference) {
  Random random(1);
  for (const int64_t classes : {1, 2, 3, 16, 33})
    for (const int64_t rows : {0, 1, 15, 16, 17, 65}) {
      const Numbers a(random, rows, classes, -4, 4), b(random, rows, classes, -4, 4);
      Numbers da(rows, classes);
      const double loss = nn::symmetric_divergence(a.view(), b.view(), nullptr);
      CHECK_CLOSE(std::vector<double>{loss}, std::vector<double>{reference::symmetric_divergence(a.table(), b.table())},
                  1e-6, 1e-6);
      nn::symmetric_divergence_gradient(a.view(), b.view(), -1.5f, da.view(), nullptr);
      CHECK_CLOSE(da.values, reference::symmetric_divergence_gradient(a.table(), b.table(), -1.5).values, 1e-7, 1e-6);
    }
  const float far[] = {0, -200}, other[] = {-200, 0};  // a softmax that floats round to 0 and 1
  CHECK(std::fabs(nn::symmetric_divergence({far, 1, 2}, {other, 1, 2}, nullptr) - 200) < 1e-3);
  CHECK_EQUAL(nn::symmetric_divergence({far, 1, 2}, {far, 1, 2}, nullptr), 0.0f);
  const float bad[] = {0, NAN};
  CHECK(std::isnan(nn::symmetric_divergence({bad, 1, 2}, {far, 1, 2}, nullptr)));
}

TEST(the_gradient_of_the_divergence_equals_central_differences) {
  Random random(2);
  reference::Table a = table(random, 4, 5), b = table(random, 4, 5);
  const auto loss = [&] { return reference::symmetric_divergence(a, b); };
  CHECK_CLOSE(reference::symmetric_divergence_gradient(a, b, 1).values, differences(a.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(reference::symmetric_divergence_gradient(b, a, 1).values, differences(b.values, loss), 1e-9, 1e-7);
}

TEST(sequences_are_bounded_each_by_its_own_norm) {
  Random random(3);
  for (const int64_t dims : {1, 3, 16, 33})
    for (const bool exactly : {false, true})
      for (const float limit : {1e-3f, 1.0f, 1e3f}) {
        const Numbers x(random, kOffsets.back(), dims);
        Numbers out(kOffsets.back(), dims);
        nn::bound_sequences(x.view(), view(kOffsets), limit, exactly ? nn::Length::exactly : nn::Length::at_most,
                            out.view(), nullptr);
        CHECK_CLOSE(out.values, reference::bound_sequences(x.table(), kOffsets, limit, exactly).values, 0, 1e-6);
      }
  const std::vector<int32_t> two{0, 1, 2};
  for (const double size : {1e-30, 1e-20, 1e20, 1e37}) {  // squares beyond floats
    Numbers x(2, 2), out(2, 2);
    x.values = {static_cast<float>(3 * size), static_cast<float>(4 * size), 0, 0};
    nn::bound_sequences(x.view(), view(two), 5, nn::Length::exactly, out.view(), nullptr);
    CHECK_CLOSE(out.values, (std::vector<double>{3, 4, 0, 0}), 0, 1e-6);
  }
  Numbers x(2, 2), out(2, 2);
  x.values = {1, INFINITY, 3, 4};
  nn::bound_sequences(x.view(), view(two), 1, nn::Length::at_most, out.view(), nullptr);
  CHECK(std::isnan(out.values[0]) && std::isnan(out.values[1]));
  CHECK(out.values[2] == 0.6f && out.values[3] == 0.8f);
  const std::vector<int32_t> wrong{0, 3};
  CHECK_THROWS("ERR_SHAPE", "offsets",
               nn::bound_sequences(x.view(), view(wrong), 1, nn::Length::exactly, out.view(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "offsets", nn::sequence_products(x.view(), x.view(), view(wrong), out.view(), nullptr));
}

TEST(products_are_summed_by_sequence) {
  Random random(4);
  for (const int64_t dims : {1, 3, 16, 33}) {
    const Numbers a(random, kOffsets.back(), dims), b(random, kOffsets.back(), dims);
    Numbers out(7, dims);
    nn::sequence_products(a.view(), b.view(), view(kOffsets), out.view(), nullptr);
    CHECK_CLOSE(out.values, reference::sequence_products(a.table(), b.table(), kOffsets).values, 2e-6, 1e-6);
  }
}

TEST(sensitivity_is_smoothed_as_the_reference_does) {
  Random random(5);
  for (const int64_t n : {0, 1, 31, 33, 8191, 8192, 8193}) {
    Numbers mean(1, n), uncertainty(1, n);
    std::fill(mean.values.begin(), mean.values.end(), 0.0f);
    std::fill(uncertainty.values.begin(), uncertainty.values.end(), 0.0f);
    auto expected = doubles(mean.values), of = doubles(uncertainty.values);
    for (int step = 0; step < 4; ++step) {
      const Numbers weights(random, 1, n), gradient(random, 1, n);
      nn::smoothed_sensitivity(weights.data(), gradient.data(), n, 0.85f, 0.7f, mean.data(), uncertainty.data(),
                               nullptr);
      reference::smoothed_sensitivity(doubles(weights.values), doubles(gradient.values), 0.85f, 0.7f, expected, of);
    }
    CHECK_CLOSE(mean.values, expected, 1e-7, 1e-6);
    CHECK_CLOSE(uncertainty.values, of, 1e-7, 1e-6);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Numbers a(random, kOffsets.back(), 19), b(random, kOffsets.back(), 19);
  const Numbers w(random, 1, 20000), g(random, 1, 20000);
  CHECK_SAME_BITS(
      Numbers bound(kOffsets.back(), 19), da(kOffsets.back(), 19), sums(7, 19); Numbers mean = w, uncertainty = g;
      nn::bound_sequences(a.view(), view(kOffsets), 1, nn::Length::exactly, bound.view(), nullptr);
      nn::symmetric_divergence_gradient(a.view(), b.view(), 1, da.view(), nullptr);
      nn::sequence_products(a.view(), b.view(), view(kOffsets), sums.view(), nullptr);
      nn::smoothed_sensitivity(w.data(), g.data(), 20000, 0.9f, 0.8f, mean.data(), uncertainty.data(), nullptr);
      auto all = joined({bound, da, sums, mean, uncertainty});
      all.push_back(nn::symmetric_divergence(a.view(), b.view(), nullptr)); return all);
}

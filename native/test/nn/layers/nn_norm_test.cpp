#include <cmath>

#include "kindred/nn/layers/norm.h"
#include "reference/nn/layers/norm.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

TEST(rms_norm_equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const float epsilon : {1e-6f, 1e-1f})
    for (const int64_t rows : {0, 1, 33, 70})
      for (const int64_t dims : {1, 3, 4, 5, 15, 16, 17, 33, 129}) {
        const Numbers x(random, rows, dims, -2, 2), gamma(random, 1, dims), dy(random, rows, dims);
        Numbers y(rows, dims), rstd(1, rows), dx(rows, dims), dgamma(1, dims);
        nn::rms_norm(x.view(), gamma.data(), epsilon, y.view(), rstd.data(), nullptr);
        const auto expected = reference::rms_norm(x.table(), doubles(gamma.values), epsilon);
        CHECK_CLOSE(y.values, expected.y.values, 1e-6, 1e-5);
        CHECK_CLOSE(rstd.values, expected.rstd, 0, 1e-5);
        nn::rms_norm_gradient(x.view(), gamma.data(), rstd.data(), dy.view(), dx.view(), dgamma.data(), nullptr);
        const auto gradient = reference::rms_norm_gradient(x.table(), doubles(gamma.values), epsilon, dy.table());
        // Of a single dimension little but rounding errors over the root is left.
        CHECK_CLOSE(dx.values, gradient.x.values, dims == 1 ? 2e-3 : 2e-5, 1e-4);
        CHECK_CLOSE(dgamma.values, gradient.gamma, 3e-5, 1e-5);
      }
}

TEST(batch_norm_equals_the_reference_on_awkward_sizes) {
  Random random(2);
  for (const int64_t rows : {2, 3, 33, 1025})
    for (const int64_t cols : {0, 1, 3, 31, 32, 33, 129}) {
      const Numbers x(random, rows, cols, 3, 6), gamma(random, 1, cols), beta(random, 1, cols), dy(random, rows, cols);
      Numbers y(rows, cols), mean(1, cols), rstd(1, cols), unbiased(1, cols), dx(rows, cols), dgamma(1, cols),
          dbeta(1, cols);
      nn::batch_norm(x.view(), gamma.data(), beta.data(), 1e-5f, y.view(), mean.data(), rstd.data(), unbiased.data(),
                     nullptr);
      const auto expected = reference::batch_norm(x.table(), doubles(gamma.values), doubles(beta.values), 1e-5f);
      CHECK_CLOSE(y.values, expected.y.values, 3e-5, 1e-4);
      CHECK_CLOSE(mean.values, expected.mean, 0, 1e-6);
      CHECK_CLOSE(rstd.values, expected.rstd, 0, 1e-5);
      CHECK_CLOSE(unbiased.values, expected.unbiased, 0, 1e-5);
      nn::batch_norm_gradient(x.view(), gamma.data(), mean.data(), rstd.data(), dy.view(), dx.view(), dgamma.data(),
                              dbeta.data(), nullptr);
      const auto gradient = reference::batch_norm_gradient(x.table(), doubles(gamma.values), 1e-5f, dy.table());
      CHECK_CLOSE(dx.values, gradient.x.values, rows == 2 ? 1e-3 : 2e-4, 1e-3);
      CHECK_CLOSE(dgamma.values, gradient.gamma, 1e-4, 1e-4);
      CHECK_CLOSE(dbeta.values, gradient.beta, 1e-5, 1e-5);
    }
}

TEST(gradients_equal_central_differences) {
  Random random(3);
  reference::Table x = table(random, 5, 7);
  const reference::Table dy = table(random, 5, 7);
  reference::Doubles gamma = table(random, 1, 7).values, beta = table(random, 1, 7).values;
  const auto rms = [&] { return inner(reference::rms_norm(x, gamma, 1e-2).y.values, dy.values); };
  const auto of_rms = reference::rms_norm_gradient(x, gamma, 1e-2, dy);
  CHECK_CLOSE(of_rms.x.values, differences(x.values, rms), 1e-8, 1e-7);
  CHECK_CLOSE(of_rms.gamma, differences(gamma, rms), 1e-9, 1e-7);
  const auto batch = [&] { return inner(reference::batch_norm(x, gamma, beta, 1e-2).y.values, dy.values); };
  const auto of_batch = reference::batch_norm_gradient(x, gamma, 1e-2, dy);
  CHECK_CLOSE(of_batch.x.values, differences(x.values, batch), 1e-8, 1e-7);
  CHECK_CLOSE(of_batch.gamma, differences(gamma, batch), 1e-9, 1e-7);
  CHECK_CLOSE(of_batch.beta, differences(beta, batch), 1e-9, 1e-7);
}

TEST(rows_of_zeros_and_of_what_is_too_large) {
  const std::vector<float> ones(33, 1.0f);
  const auto normal = [&](float other) {
    std::vector<float> x(33, 0.0f), y(33, 7.0f);
    x[20] = other;
    float rstd = 0;
    nn::rms_norm({x.data(), 1, 33}, ones.data(), 1e-5f, {y.data(), 1, 33}, &rstd, nullptr);
    return y;
  };
  CHECK_CLOSE(normal(0), std::vector<double>(33, 0.0), 0, 0);
  for (const float huge : {1e30f, -3e38f, INFINITY, NAN})
    for (const float y : normal(huge)) CHECK(std::isnan(y));
}

TEST(a_batch_of_one_row_is_refused) {
  float one = 1;
  for (const int64_t rows : {0, 1})
    CHECK_THROWS("ERR_SHAPE", "two rows",
                 nn::batch_norm({&one, rows, 1}, &one, &one, 1e-5f, {&one, rows, 1}, &one, &one, &one, nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Numbers x(random, 300, 170), gamma(random, 1, 170), dy(random, 300, 170);
  CHECK_SAME_BITS(Numbers y(300, 170), rstd(1, 300), dx(300, 170), dgamma(1, 170), z(300, 170), mean(1, 170),
                  scale(1, 170), unbiased(1, 170), dz(300, 170), of_gamma(1, 170), of_beta(1, 170);
                  nn::rms_norm(x.view(), gamma.data(), 1e-5f, y.view(), rstd.data(), nullptr); nn::rms_norm_gradient(
                      x.view(), gamma.data(), rstd.data(), dy.view(), dx.view(), dgamma.data(), nullptr);
                  nn::batch_norm(x.view(), gamma.data(), gamma.data(), 1e-5f, z.view(), mean.data(), scale.data(),
                                 unbiased.data(), nullptr);
                  nn::batch_norm_gradient(x.view(), gamma.data(), mean.data(), scale.data(), dy.view(), dz.view(),
                                          of_gamma.data(), of_beta.data(), nullptr);
                  return joined({y, rstd, dx, dgamma, z, mean, scale, unbiased, dz, of_gamma, of_beta}));
}

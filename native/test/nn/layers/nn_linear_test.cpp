#include <cmath>

#include "kindred/nn/layers/linear.h"
#include "kindred/nn/layers/norm.h"
#include "reference/nn/layers/linear.h"
#include "reference/nn/layers/norm.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/nn/problem.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int64_t kWidths[] = {0, 1, 3, 4, 5, 8, 15, 17, 33, 65, 257};

}  // namespace

TEST(linear_equals_the_reference_on_awkward_sizes) {
  Random random(1);
  GemmScratch scratch;
  for (const int64_t rows : {0, 1, 5, 33, 129})
    for (const int64_t inputs : kWidths)
      for (const int64_t outputs : kWidths) {
        const Numbers x(random, rows, inputs), w(random, outputs, inputs), bias(random, 1, outputs),
            dy(random, rows, outputs);
        Numbers y(rows, outputs), dx(rows, inputs), dw(outputs, inputs), sums(1, outputs);
        const double close = 1e-5 * std::sqrt(1.0 + static_cast<double>(std::max(rows, std::max(inputs, outputs))));
        nn::linear(x.view(), w.view(), bias.data(), y.view(), scratch, nullptr);
        CHECK_CLOSE(y.values, reference::linear(x.table(), w.table(), doubles(bias.values)).values, close, 1e-5);
        nn::linear(x.view(), w.view(), nullptr, y.view(), scratch, nullptr);
        CHECK_CLOSE(y.values, reference::linear(x.table(), w.table(), {}).values, close, 1e-5);
        nn::linear_input_gradient(dy.view(), w.view(), dx.view(), scratch, nullptr);
        CHECK_CLOSE(dx.values, reference::linear_input_gradient(dy.table(), w.table()).values, close, 1e-5);
        nn::linear_weight_gradient(dy.view(), x.view(), dw.view(), scratch, nullptr);
        CHECK_CLOSE(dw.values, reference::linear_weight_gradient(dy.table(), x.table()).values, close, 1e-5);
        nn::column_sums(dy.view(), sums.data(), nullptr);
        CHECK_CLOSE(sums.values, reference::column_sums(dy.table()), close, 1e-5);
      }
}

TEST(linear_gradients_equal_central_differences) {
  Random random(2);
  reference::Table x = table(random, 4, 3), w = table(random, 5, 3), dy = table(random, 4, 5);
  reference::Doubles bias = table(random, 1, 5).values;
  const auto loss = [&] { return inner(reference::linear(x, w, bias).values, dy.values); };
  CHECK_CLOSE(reference::linear_input_gradient(dy, w).values, differences(x.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(reference::linear_weight_gradient(dy, x).values, differences(w.values, loss), 1e-9, 1e-7);
  CHECK_CLOSE(reference::column_sums(dy), differences(bias, loss), 1e-9, 1e-7);
}

TEST(layer_norm_equals_the_reference_on_awkward_sizes) {
  Random random(3);
  for (const int64_t rows : {0, 1, 31, 33, 65})
    for (const int64_t dims : {1, 3, 4, 5, 15, 16, 17, 33, 127, 1025}) {
      const Numbers x(random, rows, dims, -3, 5), gamma(random, 1, dims), beta(random, 1, dims), dy(random, rows, dims);
      Numbers y(rows, dims), mean(1, rows), rstd(1, rows), dx(rows, dims), dgamma(1, dims), dbeta(1, dims);
      const float epsilon = 1e-3f;
      nn::layer_norm(x.view(), gamma.data(), beta.data(), epsilon, y.view(), mean.data(), rstd.data(), nullptr);
      const auto expected = reference::layer_norm(x.table(), doubles(gamma.values), doubles(beta.values), epsilon);
      CHECK_CLOSE(y.values, expected.y.values, 1e-5, 1e-5);
      CHECK_CLOSE(mean.values, expected.mean, 2e-6, 1e-6);
      CHECK_CLOSE(rstd.values, expected.rstd, 0, 1e-5);
      nn::layer_norm_gradient(x.view(), gamma.data(), mean.data(), rstd.data(), dy.view(), dx.view(), dgamma.data(),
                              dbeta.data(), nullptr);
      const auto gradient = reference::layer_norm_gradient(x.table(), doubles(gamma.values), epsilon, dy.table());
      CHECK_CLOSE(dx.values, gradient.x.values, dims == 1 ? 1e-4 : 2e-5, 1e-4);
      CHECK_CLOSE(dgamma.values, gradient.gamma, 3e-5, 1e-5);
      CHECK_CLOSE(dbeta.values, gradient.beta, 1e-5, 1e-5);
    }
}

TEST(layer_norm_gradients_equal_central_differences) {
  Random random(4);
  for (const double epsilon : {1e-12, 1e-1}) {
    reference::Table x = table(random, 3, 7), dy = table(random, 3, 7);
    reference::Doubles gamma = table(random, 1, 7).values, beta = table(random, 1, 7).values;
    const auto loss = [&] { return inner(reference::layer_norm(x, gamma, beta, epsilon).y.values, dy.values); };
    const auto gradient = reference::layer_norm_gradient(x, gamma, epsilon, dy);
    CHECK_CLOSE(gradient.x.values, differences(x.values, loss), 1e-7, 1e-7);
    CHECK_CLOSE(gradient.gamma, differences(gamma, loss), 1e-9, 1e-7);
    CHECK_CLOSE(gradient.beta, differences(beta, loss), 1e-9, 1e-7);
  }
}

TEST(layer_norm_of_what_has_no_variance_and_of_what_is_too_large) {
  const auto normal = [](float value, float other, float epsilon) {
    std::vector<float> x(33, value), ones(33, 1.0f), zeros(33, 0.0f), y(33, 7.0f);
    x[20] = other;
    float mean = 0, rstd = 0;
    nn::layer_norm({x.data(), 1, 33}, ones.data(), zeros.data(), epsilon, {y.data(), 1, 33}, &mean, &rstd, nullptr);
    return y;
  };
  CHECK_CLOSE(normal(5, 5, 1e-5f), std::vector<double>(33, 0.0), 0, 0);
  for (const float huge : {1e30f, -3e38f, INFINITY, NAN})  // not 0, which a variance beyond floats would make it
    for (const float y : normal(1, huge, 1e-5f)) CHECK(std::isnan(y));
  CHECK_CLOSE(normal(0, 1e-30f, 1e-5f), std::vector<double>(33, 0.0), 1e-26, 0);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(5);
  GemmScratch scratch;
  const Numbers x(random, 300, 70), w(random, 90, 70), bias(random, 1, 90), dy(random, 300, 90), gamma(random, 1, 70),
      d(random, 300, 70);
  CHECK_SAME_BITS(Numbers y(300, 90), dx(300, 70), dw(90, 70), sums(1, 90);
                  nn::linear(x.view(), w.view(), bias.data(), y.view(), scratch, nullptr);
                  nn::linear_input_gradient(dy.view(), w.view(), dx.view(), scratch, nullptr);
                  nn::linear_weight_gradient(dy.view(), x.view(), dw.view(), scratch, nullptr);
                  nn::column_sums(dy.view(), sums.data(), nullptr); return joined({y, dx, dw, sums}));
  CHECK_SAME_BITS(
      Numbers y(300, 70), mean(1, 300), rstd(1, 300), dx(300, 70), dgamma(1, 70), dbeta(1, 70);
      nn::layer_norm(x.view(), gamma.data(), gamma.data(), 1e-5f, y.view(), mean.data(), rstd.data(), nullptr);
      nn::layer_norm_gradient(x.view(), gamma.data(), mean.data(), rstd.data(), d.view(), dx.view(), dgamma.data(),
                              dbeta.data(), nullptr);
      return joined({y, mean, rstd, dx, dgamma, dbeta}));
}

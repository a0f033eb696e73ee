// The kernel of native/cuda for BPR, compiled for the host, one update compared element by element.
#include <cmath>

#include "cuda/sgd/bpr.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// One step, scalar and in double (Rendle et al. 2009, figure 4).
struct Model {
  std::vector<double> X, Y, bias;

  double step(int64_t f, int32_t user, int32_t item, int32_t other, double rate, double lambda) {
    double difference = bias[item] - bias[other];
    for (int64_t t = 0; t < f; ++t) difference += X[user * f + t] * (Y[item * f + t] - Y[other * f + t]);
    const double wrong = 1 / (1 + std::exp(difference));
    for (int64_t t = 0; t < f; ++t) {
      const double x = X[user * f + t], y = Y[item * f + t], z = Y[other * f + t];
      X[user * f + t] += rate * (wrong * (y - z) - lambda * x);
      Y[item * f + t] += rate * (wrong * x - lambda * y);
      Y[other * f + t] += rate * (-wrong * x - lambda * z);
    }
    bias[item] += rate * (wrong - lambda * bias[item]);
    bias[other] += rate * (-wrong - lambda * bias[other]);
    return std::log1p(std::exp(-difference));
  }
};

}  // namespace

TEST(every_element_moves_as_the_reference_says) {
  Random random(1);
  for (const int64_t f : {1, 31, 33, 1023, 1024, 1025})
    for (const int64_t samples : {0, 1, 2, 50}) {
      const int64_t users = 3, items = 5;
      auto X = random.floats(users * f), Y = random.floats(items * f), bias = random.floats(items);
      Model model{doubles(X), doubles(Y), doubles(bias)};
      std::vector<int32_t> u, i, j;
      for (int64_t s = 0; s < samples; ++s) {
        u.push_back(static_cast<int32_t>(random.integer(0, users - 1)));
        i.push_back(static_cast<int32_t>(random.integer(0, items - 1)));
        j.push_back(static_cast<int32_t>((i.back() + random.integer(1, items - 1)) % items));
      }
      // Two cells, one after the other: the second goes on where the first ended.
      const int64_t cells[] = {0, samples / 2, samples};
      double losses[] = {NAN, NAN};
      const cuda::BprJob job{X.data(), Y.data(), bias.data(), f,     u.data(), i.data(),
                             j.data(), cells,    0.05f,       0.02f, losses};
      cuda::bpr_cell(cuda::Warp(0), job, 0);
      cuda::bpr_cell(cuda::Warp(0), job, 1);
      double expected[] = {0, 0};
      for (int64_t s = 0; s < samples; ++s) expected[s >= samples / 2] += model.step(f, u[s], i[s], j[s], 0.05, 0.02);
      CHECK_CLOSE(X, model.X, 2e-6, 1e-5);
      CHECK_CLOSE(Y, model.Y, 2e-6, 1e-5);
      CHECK_CLOSE(bias, model.bias, 2e-6, 1e-5);
      CHECK_CLOSE((std::vector<double>{losses[0], losses[1]}), (std::vector<double>{expected[0], expected[1]}), 1e-4,
                  1e-5);
    }
}

TEST(a_difference_of_any_size_has_a_finite_loss) {
  for (const float x : {-1e4f, 1e4f}) {
    std::vector<float> X{x}, Y{1, -1}, bias{0, 0};
    const int32_t u = 0, i = 0, j = 1;
    const int64_t cells[] = {0, 1};
    double loss = NAN;
    cuda::bpr_cell(cuda::Warp(0), {X.data(), Y.data(), bias.data(), 1, &u, &i, &j, cells, 0.1f, 0, &loss}, 0);
    CHECK_CLOSE((std::vector<double>{loss}), (std::vector<double>{x > 0 ? 0 : 2e4}), 1e-6, 1e-6);
    for (const float value : {X[0], Y[0], Y[1], bias[0], bias[1]}) CHECK(std::isfinite(value));
  }
}

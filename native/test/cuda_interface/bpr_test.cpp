// Epochs of BPR through the interface, compared element by element.
#include <cmath>

#include "test/cuda_interface/device.h"

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
    for (const int64_t samples : {0, 1, 2, 9}) {
      const int64_t users = 6, items = 9;
      auto x = random.floats(users * f), y = random.floats(items * f), bias = random.floats(items);
      Model model{doubles(x), doubles(y), doubles(bias)};
      const DeviceMatrix X(users, f, x), Y(items, f, y), B(1, items, bias);
      // Two rounds of three cells, which share neither users (two each) nor items (three each); `samples` in each cell.
      std::vector<int32_t> user, item, other;
      std::vector<int64_t> cells{0};
      const std::vector<int64_t> rounds{0, 3, 6};
      double expected = 0;
      for (int64_t c = 0; c < 6; ++c) {
        for (int64_t s = 0; s < samples; ++s) {
          const int64_t first_item = (c + c / 3) % 3 * 3, i = random.integer(0, 2), j = (i + random.integer(1, 2)) % 3;
          user.push_back(static_cast<int32_t>(c % 3 * 2 + random.integer(0, 1)));
          item.push_back(static_cast<int32_t>(first_item + i));
          other.push_back(static_cast<int32_t>(first_item + j));
          expected += model.step(f, user.back(), item.back(), other.back(), 0.05, 0.02);
        }
        cells.push_back(static_cast<int64_t>(user.size()));
      }
      const KindredCudaBpr epoch{user.data(), item.data(), other.data(), cells.data(), rounds.data(), 2, 0.05f, 0.02f};
      double loss = NAN;
      CHECK_OK(table().bpr_epoch(X.get(), Y.get(), B.get(), &epoch, &loss, nullptr, &error));
      CHECK_CLOSE(X.values(), model.X, 2e-6, 1e-5);
      CHECK_CLOSE(Y.values(), model.Y, 2e-6, 1e-5);
      CHECK_CLOSE(B.values(), model.bias, 2e-6, 1e-5);
      CHECK_CLOSE((std::vector<double>{loss}), (std::vector<double>{expected}), 1e-4, 1e-5);
      if (samples < 9) continue;
      other[3] = item[3];
      CHECK_FAILS(KINDRED_CUDA_INVALID, "sample 3",
                  table().bpr_epoch(X.get(), Y.get(), B.get(), &epoch, &loss, nullptr, &error));
    }
}

TEST(a_difference_of_any_size_has_a_finite_loss) {
  for (const float x : {-1e4f, 1e4f}) {
    const DeviceMatrix X(1, 1, {x}), Y(2, 1, {1, -1}), B(1, 2, {0, 0});
    const int32_t user = 0, item = 0, other = 1;
    const int64_t cells[] = {0, 1}, rounds[] = {0, 1};
    const KindredCudaBpr epoch{&user, &item, &other, cells, rounds, 1, 0.1f, 0};
    double loss = NAN;
    CHECK_OK(table().bpr_epoch(X.get(), Y.get(), B.get(), &epoch, &loss, nullptr, &error));
    CHECK_CLOSE((std::vector<double>{loss}), (std::vector<double>{x > 0 ? 0 : 2e4}), 1e-6, 1e-6);
    for (const DeviceMatrix* each : {&X, &Y, &B})
      for (const float value : each->values()) CHECK(std::isfinite(value));
  }
}

// One update of ALS and of BPR through the interface, compared element by element.
#include <algorithm>
#include <cmath>

#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "reference/als/als.h"
#include "test/cuda_interface/device.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Problem {
  Csr Cui;
  std::vector<float> x, y;
  int64_t users, items, factors;

  Problem(Random& random, int64_t users, int64_t items, int64_t factors, double density)
      : Cui(random_csr(random, users, items, density)),
        x(random.floats(users * factors, -0.5, 0.5)),
        y(random.floats(items * factors, -0.5, 0.5)),
        users(users),
        items(items),
        factors(factors) {
    for (float& w : Cui.values)
      if (random.integer(0, 9) == 0) w = -w;
  }
  ConstMatrix X() const { return {x.data(), users, factors}; }
  ConstMatrix Y() const { return {y.data(), items, factors}; }
};

AlsOptions options(int steps) {
  AlsOptions o;
  o.regularization = 2;
  o.alpha = 3;
  o.cg_steps = steps;
  return o;
}

const KindredCudaAls kSettings{2, 0, 1, 3, 3, 1};

}  // namespace

TEST(conjugate_gradients_equal_the_reference) {
  Random random(1);
  for (const int64_t factors : {1, 31, 33, 128, 1023, 1025}) {
    if (quick() && factors > 128) continue;
    const int64_t users = factors > 1000 ? 3 : 33, items = factors > 1000 ? 65 : 130;
    const Problem p(random, users, items, factors, 0.2);
    const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), options(3));
    const auto eigen = symmetric_eigen(gram(p.Y(), nullptr).data(), factors, nullptr);
    const DeviceCsr Cui(p.Cui.view());
    const DeviceMatrix X(users, factors, p.x), Y(items, factors, p.y);
    CHECK_OK(table().als_cg(Cui.get(), Y.get(), X.get(), eigen.values.data(), eigen.vectors.data(), &kSettings, nullptr,
                            &error));
    CHECK_CLOSE(X.values(), expected, 2e-4, 2e-3);
    CHECK_CLOSE(Y.values(), doubles(p.y), 0, 0);
  }
}

TEST(both_solvers_reach_the_exact_solution) {
  Random random(2);
  for (const int64_t factors : {1, 31, 33, 65}) {
    const Problem p(random, 33, 130, factors, 0.2);
    const auto expected = reference::als_exact(p.Cui.view(), p.Y(), options(0));
    const auto YtY = gram(p.Y(), nullptr);
    const auto eigen = symmetric_eigen(YtY.data(), factors, nullptr);
    const DeviceCsr Cui(p.Cui.view());
    const DeviceMatrix X(33, factors, p.x), Z(33, factors, p.x), Y(130, factors, p.y);
    CHECK_OK(table().als_cholesky(Cui.get(), Y.get(), X.get(), YtY.data(), &kSettings, nullptr, &error));
    CHECK_CLOSE(X.values(), expected, 2e-6, 1e-5);
    KindredCudaAls many = kSettings;
    many.cg_steps = 100;
    CHECK_OK(
        table().als_cg(Cui.get(), Y.get(), Z.get(), eigen.values.data(), eigen.vectors.data(), &many, nullptr, &error));
    CHECK_CLOSE(Z.values(), expected, 5e-5, 5e-4);
  }
}

TEST(awkward_shapes) {
  Random random(3);
  for (const int64_t users : {0, 1, 1025})
    for (const int64_t items : {0, 1, 33}) {
      const Problem p(random, users, items, 5, 0.5);
      const auto expected = reference::als_exact(p.Cui.view(), p.Y(), options(0));
      const auto YtY = gram(p.Y(), nullptr);
      const DeviceCsr Cui(p.Cui.view());
      const DeviceMatrix X(users, 5, p.x), Y(items, 5, p.y);
      CHECK_OK(table().als_cholesky(Cui.get(), Y.get(), X.get(), YtY.data(), &kSettings, nullptr, &error));
      CHECK_CLOSE(X.values(), expected, 2e-6, 1e-5);
    }
}

TEST(a_failed_sweep_leaves_the_factors_as_they_were) {
  Random random(4);
  const Problem p(random, 7, 9, 3, 0.9);
  const DeviceCsr Cui(p.Cui.view());
  const DeviceMatrix X(7, 3, p.x), zeros(9, 3, {}), narrow(9, 2, {}), Y(9, 3, p.y);
  const std::vector<double> nothing(9, 0.0), identity{1, 0, 0, 0, 1, 0, 0, 0, 1};
  KindredCudaAls free = kSettings;
  free.regularization = 0;
  KindredCudaError error{};
  CHECK_EQUAL(table().als_cholesky(Cui.get(), zeros.get(), X.get(), nothing.data(), &free, nullptr, &error),
              int32_t{KINDRED_CUDA_NOT_POSITIVE_DEFINITE});
  CHECK_EQUAL(error.row, int64_t{0});
  CHECK_FAILS(KINDRED_CUDA_INVALID, "[9, 2]",
              table().als_cholesky(Cui.get(), narrow.get(), X.get(), nothing.data(), &free, nullptr, &error));
  const unsigned char cancel = 1;
  CHECK_FAILS(KINDRED_CUDA_CANCELLED, "cancelled",
              table().als_cg(Cui.get(), Y.get(), X.get(), nothing.data(), identity.data(), &free, &cancel, &error));
  CHECK_CLOSE(X.values(), doubles(p.x), 0, 0);
  CHECK_EQUAL(table().als_cg_bytes(7, 9, 4097), int64_t{-1});
}

TEST(an_epoch_of_bpr_moves_every_element_as_the_reference_says) {
  Random random(5);
  for (const int64_t f : {1, 31, 33, 1025}) {
    const int64_t users = 6, items = 9;
    auto x = random.floats(users * f), y = random.floats(items * f), bias = random.floats(items);
    auto X = doubles(x), Y = doubles(y), B = doubles(bias);
    const DeviceMatrix dX(users, f, x), dY(items, f, y), dB(1, items, bias);
    // Two rounds of three cells, which share neither users (two each) nor items (three each).
    std::vector<int32_t> user, item, other;
    std::vector<int64_t> cells{0};
    const std::vector<int64_t> rounds{0, 3, 6};
    double expected = 0;
    for (int64_t c = 0; c < 6; ++c) {
      for (int64_t s = 0; s < 4 + c; ++s) {
        const int64_t block = (c + c / 3) % 3, u = c % 3 * 2 + random.integer(0, 1);
        const int64_t i = random.integer(0, 2), j = (i + random.integer(1, 2)) % 3;
        user.push_back(static_cast<int32_t>(u));
        item.push_back(static_cast<int32_t>(block * 3 + i));
        other.push_back(static_cast<int32_t>(block * 3 + j));
        double *const a = &X[u * f], *const b = &Y[item.back() * f], *const z = &Y[other.back() * f];
        double difference = B[item.back()] - B[other.back()];
        for (int64_t t = 0; t < f; ++t) difference += a[t] * (b[t] - z[t]);
        const double wrong = 1 / (1 + std::exp(difference));
        for (int64_t t = 0; t < f; ++t) {
          const double v = a[t], w = b[t], o = z[t];
          a[t] += 0.05 * (wrong * (w - o) - 0.02 * v);
          b[t] += 0.05 * (wrong * v - 0.02 * w);
          z[t] += 0.05 * (-wrong * v - 0.02 * o);
        }
        B[item.back()] += 0.05 * (wrong - 0.02 * B[item.back()]);
        B[other.back()] += 0.05 * (-wrong - 0.02 * B[other.back()]);
        expected += std::log1p(std::exp(-difference));
      }
      cells.push_back(static_cast<int64_t>(user.size()));
    }
    KindredCudaBpr epoch{user.data(), item.data(), other.data(), cells.data(), rounds.data(), 2, 0.05f, 0.02f};
    double loss = 0;
    CHECK_OK(table().bpr_epoch(dX.get(), dY.get(), dB.get(), &epoch, &loss, nullptr, &error));
    CHECK_CLOSE(dX.values(), X, 2e-6, 1e-5);
    CHECK_CLOSE(dY.values(), Y, 2e-6, 1e-5);
    CHECK_CLOSE(dB.values(), B, 2e-6, 1e-5);
    CHECK_CLOSE((std::vector<double>{loss}), (std::vector<double>{expected}), 1e-4, 1e-5);
    other[3] = item[3];
    CHECK_FAILS(KINDRED_CUDA_INVALID, "sample 3",
                table().bpr_epoch(dX.get(), dY.get(), dB.get(), &epoch, &loss, nullptr, &error));
  }
}

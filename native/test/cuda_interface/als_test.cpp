// Half-sweeps of ALS through the interface, compared element by element.
#include "reference/als/als.h"

#include <algorithm>
#include <cmath>

#include "kindred/linalg/eigen.h"
#include "kindred/linalg/normal_equations.h"
#include "reference/linalg/normal_equations.h"
#include "test/cuda_interface/device.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Problem {
  Csr Cui;
  std::vector<float> x, y;
  int64_t users, items, factors;

  Problem(Random& random, int64_t users, int64_t items, int64_t factors, double density = 0.2)
      : Cui(signed_csr(random, users, items, density)),
        x(random.floats(users * factors, -0.5, 0.5)),
        y(random.floats(items * factors, -0.5, 0.5)),
        users(users),
        items(items),
        factors(factors) {}
  ConstMatrix X() const { return {x.data(), users, factors}; }
  ConstMatrix Y() const { return {y.data(), items, factors}; }

  // X after a half-sweep.
  std::vector<float> cg(const KindredCudaAls& settings) const {
    const auto eigen = symmetric_eigen(gram(Y(), nullptr).data(), factors, nullptr);
    const DeviceCsr dCui(Cui.view());
    const DeviceMatrix dX(users, factors, x), dY(items, factors, y);
    CHECK_OK(table().als_cg(dCui.get(), dY.get(), dX.get(), eigen.values.data(), eigen.vectors.data(), &settings,
                            nullptr, &error));
    CHECK(dY.values() == y);
    return dX.values();
  }
  std::vector<float> cholesky(const KindredCudaAls& settings) const {
    const auto YtY = gram(Y(), nullptr);
    const DeviceCsr dCui(Cui.view());
    const DeviceMatrix dX(users, factors, x), dY(items, factors, y);
    CHECK_OK(table().als_cholesky(dCui.get(), dY.get(), dX.get(), YtY.data(), &settings, nullptr, &error));
    return dX.values();
  }
};

// What kindred/als/als.h and its reference compute.
KindredCudaAls settings(int steps) { return {2, 0, 1, 3, steps, 1}; }

AlsOptions options(int steps) {
  AlsOptions o;
  o.regularization = 2;
  o.alpha = 3;
  o.cg_steps = steps;
  return o;
}

// Row u of the exact solution with every option, by elimination.
std::vector<double> by_elimination(const Problem& p, const KindredCudaAls& s, int64_t u) {
  const int64_t f = p.factors;
  std::vector<double> c(p.items, s.unobserved_weight), b(f, 0.0), A(f * f, 0.0);
  const int32_t first = p.Cui.indptr[u], last = p.Cui.indptr[u + 1];
  for (int32_t n = first; n < last; ++n) {
    c[p.Cui.indices[n]] += s.alpha * std::fabs(p.Cui.values[n]);
    for (int64_t t = 0; t < f && p.Cui.values[n] > 0; ++t) b[t] += c[p.Cui.indices[n]] * p.y[p.Cui.indices[n] * f + t];
  }
  for (int64_t i = 0; i < p.items; ++i)
    for (int64_t t = 0; t < f; ++t)
      for (int64_t v = 0; v < f; ++v) A[t * f + v] += c[i] * p.y[i * f + t] * static_cast<double>(p.y[i * f + v]);
  const double count = last - first + s.unobserved_weight * static_cast<double>(p.items);
  for (int64_t t = 0; t < f; ++t) A[t * f + t] += s.regularization * std::pow(count, s.regularization_exponent);
  return first == last ? std::vector<double>(f, 0.0) : reference::solve(A, f, b, 1);
}

}  // namespace

TEST(conjugate_gradients_equal_the_reference_step_by_step) {
  Random random(1);
  for (const int64_t factors : {1, 2, 31, 33, 65, 128, 1023, 1025})
    for (const int steps : {0, 1, 3}) {
      if (factors > 128 && (quick() || steps < 3)) continue;
      const Problem p(random, factors > 128 ? 3 : 33, factors > 128 ? 65 : 130, factors);
      const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), options(steps));
      CHECK_CLOSE(p.cg(settings(steps)), expected, 2e-4, 2e-3);
    }
}

TEST(long_rows) {
  Random random(2);
  const Problem p(random, 3, 1025, 33, 0.9);
  const auto expected = reference::als_conjugate_gradient(p.Cui.view(), p.Y(), p.X(), options(3));
  CHECK_CLOSE(p.cg(settings(3)), expected, 2e-4, 2e-3);
}

TEST(both_solvers_reach_the_exact_solution) {
  Random random(3);
  for (const int64_t factors : {1, 2, 31, 33, 65}) {
    const Problem p(random, 33, 130, factors);
    const auto expected = reference::als_exact(p.Cui.view(), p.Y(), options(0));
    CHECK_CLOSE(p.cholesky(settings(0)), expected, 2e-6, 1e-5);
    CHECK_CLOSE(p.cg(settings(100)), expected, 5e-5, 5e-4);
  }
}

TEST(every_option_leads_to_the_exact_solution) {
  Random random(4);
  const KindredCudaAls all[] = {
      {2, 0, 1, 3, 60, 0}, {2, 0, 1, 3, 60, 1}, {0.5, 0.75, 0.1f, 3, 60, 1}, {0.1, 1, 0.5, 1, 60, 1}};
  for (const auto& s : all)
    for (const int64_t factors : {1, 3, 33}) {
      const Problem p(random, 7, 67, factors);
      std::vector<double> expected;
      for (int64_t u = 0; u < p.users; ++u)
        for (const double value : by_elimination(p, s, u)) expected.push_back(value);
      CHECK_CLOSE(p.cholesky(s), expected, 2e-6, 1e-5);
      CHECK_CLOSE(p.cg(s), expected, 5e-5, 5e-4);
    }
}

TEST(awkward_shapes) {
  Random random(5);
  for (const int64_t users : {0, 1, 1025})
    for (const int64_t items : {0, 1, 33}) {
      const Problem p(random, users, items, 5, 0.5);
      CHECK_CLOSE(p.cholesky(settings(0)), reference::als_exact(p.Cui.view(), p.Y(), options(0)), 2e-6, 1e-5);
    }
}

TEST(rows_without_weights_become_zero) {
  Random random(6);
  const Problem p(random, 3, 9, 5, 0);
  CHECK_CLOSE(p.cg(settings(3)), std::vector<double>(15, 0.0), 0, 0);
  CHECK_CLOSE(p.cholesky(settings(3)), std::vector<double>(15, 0.0), 0, 0);
}

TEST(numbers_beyond_the_range_of_floats_never_become_plausible_factors) {
  Random random(7);
  const Problem p(random, 3, 9, 3, 1.1);
  KindredCudaAls s = settings(3);
  s.alpha = 1e38f;
  for (const float value : p.cg(s)) CHECK(!std::isfinite(value));
}

TEST(a_failed_sweep_leaves_the_factors_as_they_were) {
  Random random(8);
  const Problem p(random, 7, 9, 3, 0.9);
  const DeviceCsr Cui(p.Cui.view());
  const DeviceMatrix X(7, 3, p.x), zeros(9, 3, {}), narrow(9, 2, {}), Y(9, 3, p.y);
  const std::vector<double> nothing(9, 0.0), identity{1, 0, 0, 0, 1, 0, 0, 0, 1};
  KindredCudaAls free = settings(3);
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

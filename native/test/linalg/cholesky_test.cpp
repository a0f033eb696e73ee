// The blocked factorisation on sizes of several blocks, and on those whose updates are shared between threads.
#include <cmath>
#include <limits>

#include "kindred/linalg/normal_equations.h"
#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Symmetric and diagonally dominant, so positive definite [n, n].
std::vector<double> dominant(Random& random, int64_t n) {
  std::vector<double> a(n * n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < i; ++j) a[i * n + j] = a[j * n + i] = random.uniform(-1, 1);
    a[i * n + i] = static_cast<double>(n) + random.uniform(0, 1);
  }
  return a;
}

// What is above the diagonal may be anything.
std::vector<double> lower(std::vector<double> a, int64_t n) {
  for (int64_t i = 0; i < n; ++i) std::fill(a.begin() + i * n + i + 1, a.begin() + (i + 1) * n, 0.0);
  return a;
}

}  // namespace

TEST(large_factors_equal_the_reference_and_solve) {
  Random random(1);
  for (const int64_t n : {127, 129, 191, 257, 500, 1087, 1088, 1100}) {
    const auto a = dominant(random, n);
    auto factor = a;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i + 1; j < n; ++j) factor[i * n + j] = std::numeric_limits<double>::quiet_NaN();
    CHECK_EQUAL(cholesky_factor(factor.data(), n), int64_t{-1});
    CHECK_CLOSE(lower(factor, n), reference::cholesky(a, n), 1e-11, 1e-11);

    std::vector<double> b(2 * n), residual(2 * n);
    for (double& v : b) v = random.uniform(-1, 1);
    auto x = b;
    cholesky_solve(factor.data(), n, x.data(), 2);
    for (int64_t k = 0; k < 2; ++k)
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j) residual[k * n + i] += a[i * n + j] * x[k * n + j];
    CHECK_CLOSE(residual, b, 1e-12, 1e-12);
  }
}

TEST(the_first_bad_pivot_of_a_large_matrix_is_named) {
  Random random(2);
  for (const int64_t n : {500, 1100})
    for (const int64_t bad : {int64_t{0}, int64_t{63}, int64_t{64}, n / 2, n - 1})
      for (const double pivot : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
        auto a = dominant(random, n);
        a[bad * n + bad] = pivot;
        CHECK_EQUAL(cholesky_factor(a.data(), n), bad);
      }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const int64_t n = 1100;
  const auto a = dominant(random, n);
  CHECK_SAME_BITS(auto factor = a; cholesky_factor(factor.data(), n); return lower(factor, n));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Random random(4);
  auto a = dominant(random, 70);
  CHECK_THROWS("ERR_ABORTED", "aborted", cholesky_factor(a.data(), 70, &abort));
}

#include "kindred/linalg/gaussian_kernel.h"

#include <cmath>

#include "reference/linalg/gaussian_kernel.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<float> kernel_of(ConstMatrix a, ConstMatrix b, double gamma) {
  std::vector<float> out(a.rows * b.rows, NAN);
  gaussian_kernel(a, b, gamma, out.data(), nullptr);
  return out;
}

}  // namespace

TEST(gaussian_kernel_equals_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 31, 33, 65, 129})
    for (const int64_t others : {0, 1, 33, 64, 65})
      for (const int64_t cols : {0, 1, 3, 31, 33, 129}) {
        const Padded a(rows, cols, 3, random.floats(rows * cols)), b(others, cols, 1, random.floats(others * cols));
        for (const double gamma : {0.0, 0.01, 2.0})
          CHECK_CLOSE(kernel_of(a.view(), b.view(), gamma), reference::gaussian_kernel(a.view(), b.view(), gamma), 1e-6,
                      1e-5);
      }
}

TEST(gaussian_kernel_of_a_row_with_itself_is_one) {
  Random random(2);
  const Padded x(70, 33, 0, random.floats(70 * 33, 1e6, 1e6 + 1));  // far from 0, where norms would cancel
  const auto k = kernel_of(x.view(), x.view(), 1);
  for (int64_t i = 0; i < 70; ++i) {
    CHECK_EQUAL(k[i * 70 + i], 1.0f);
    for (int64_t j = 0; j < i; ++j) CHECK_EQUAL(k[i * 70 + j], k[j * 70 + i]);
  }
}

TEST(gaussian_kernel_far_away_is_zero_and_of_nan_is_nan) {
  const std::vector<float> a{0, 1e30f, NAN}, b{0};
  CHECK_CLOSE(kernel_of({a.data(), 3, 1}, {b.data(), 1, 1}, 1e-3), (std::vector<double>{1, 0, NAN}), 0, 0);
}

TEST(kernel_ridge_equals_the_reference) {
  Random random(3);
  for (const int64_t rows : {0, 1, 2, 31, 33, 65, 130})
    for (const int64_t cols : {0, 1, 5, 33})
      for (const int64_t targets : {0, 1, 3, 33}) {
        const Padded x(rows, cols, 2, random.floats(rows * cols)), y(rows, targets, 1, random.floats(rows * targets));
        CHECK_CLOSE(kernel_ridge(x.view(), y.view(), 0.7, 0.5, nullptr),
                    reference::kernel_ridge(x.view(), y.view(), 0.7, 0.5), 1e-4, 1e-4);
      }
}

TEST(kernel_ridge_without_penalty_interpolates) {
  Random random(4);
  const Padded x(20, 4, 0, random.floats(20 * 4, -3, 3)), y(20, 2, 0, random.floats(20 * 2));
  const auto dual = kernel_ridge(x.view(), y.view(), 1, 0, nullptr);
  const auto k = reference::gaussian_kernel(x.view(), x.view(), 1);
  std::vector<double> fitted(20 * 2, 0.0);
  for (int64_t i = 0; i < 20; ++i)
    for (int64_t c = 0; c < 2; ++c)
      for (int64_t j = 0; j < 20; ++j) fitted[i * 2 + c] += k[i * 20 + j] * dual[c * 20 + j];
  CHECK_CLOSE(fitted, y.values(), 1e-4, 0);
}

TEST(bad_kernel_problems_are_refused) {
  const std::vector<float> x{1, 1, 2}, nan{1, NAN, 2}, y{1, 2, 3};  // rows 0 and 1 coincide
  const ConstMatrix rows(x.data(), 3, 1), target(y.data(), 3, 1);
  std::vector<float> out(9);
  CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", "row 1", kernel_ridge(rows, target, 1, 0, nullptr));
  CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", "regularization", kernel_ridge({nan.data(), 3, 1}, target, 1, 1, nullptr));
  CHECK_THROWS("ERR_SHAPE", "rows", kernel_ridge(rows, {y.data(), 2, 1}, 1, 1, nullptr));
  CHECK_THROWS("ERR_SHAPE", "columns", gaussian_kernel(rows, {y.data(), 1, 3}, 1, out.data(), nullptr));
  for (const double gamma : {-1.0, std::nan("")})
    CHECK_THROWS("ERR_VALUE", "gamma", gaussian_kernel(rows, rows, gamma, out.data(), nullptr));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const Padded x(300, 33, 0, random.floats(300 * 33)), y(300, 9, 0, random.floats(300 * 9));
  CHECK_SAME_BITS(return doubles(kernel_of(x.view(), x.view(), 0.1)));
  CHECK_SAME_BITS(return doubles(kernel_ridge(x.view(), y.view(), 0.1, 0.5, nullptr)));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const Padded x(2, 1, 0, {1, 2});
  std::vector<float> out(4);
  CHECK_THROWS("ERR_ABORTED", "aborted", gaussian_kernel(x.view(), x.view(), 1, out.data(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", kernel_ridge(x.view(), x.view(), 1, 1, &abort));
}

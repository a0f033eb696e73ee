#include "kindred/linalg/eigen.h"

#include <cmath>
#include <limits>

#include "kindred/linalg/pca.h"
#include "kindred/linalg/scatter.h"
#include "reference/linalg/eigen.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> symmetric(Random& random, int64_t n) {
  std::vector<double> a(n * n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) a[i * n + j] = a[j * n + i] = random.uniform(-1, 1);
  return a;
}

// V'diag(values) V
std::vector<double> rebuilt(const SymmetricEigen& e, int64_t n) {
  std::vector<double> a(n * n, 0.0);
  for (int64_t k = 0; k < n; ++k)
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) a[i * n + j] += e.values[k] * e.vectors[k * n + i] * e.vectors[k * n + j];
  return a;
}

// V V'
std::vector<double> products(const SymmetricEigen& e, int64_t n) {
  std::vector<double> p(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t d = 0; d < n; ++d) p[i * n + j] += e.vectors[i * n + d] * e.vectors[j * n + d];
  return p;
}

std::vector<double> identity(int64_t n) {
  std::vector<double> out(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i) out[i * n + i] = 1;
  return out;
}

void check_decomposition(const std::vector<double>& a, int64_t n, double scale) {
  const SymmetricEigen e = symmetric_eigen(a.data(), n, nullptr);
  CHECK_CLOSE(rebuilt(e, n), a, 1e-13 * scale * static_cast<double>(n + 1), 0);
  CHECK_CLOSE(products(e, n), identity(n), 1e-13 * static_cast<double>(n + 1), 0);
  for (int64_t i = 1; i < n; ++i) CHECK(e.values[i - 1] >= e.values[i]);
  for (int64_t i = 0; i < n; ++i) {
    double peak = 0;
    for (int64_t d = 0; d < n; ++d)
      if (std::fabs(e.vectors[i * n + d]) > std::fabs(peak)) peak = e.vectors[i * n + d];
    CHECK(peak > 0);
  }
}

}  // namespace

TEST(eigen_rebuilds_the_matrix_from_orthonormal_vectors) {
  Random random(1);
  for (const int64_t n : {0, 1, 2, 3, 31, 33, 64, 65, 130}) check_decomposition(symmetric(random, n), n, 1);
}

TEST(eigen_equals_the_reference) {
  Random random(2);
  for (const int64_t n : {1, 2, 3, 17, 33}) {
    const auto a = symmetric(random, n);
    const SymmetricEigen received = symmetric_eigen(a.data(), n, nullptr), expected = reference::symmetric_eigen(a, n);
    CHECK_CLOSE(received.values, expected.values, 1e-12, 1e-12);
    CHECK_CLOSE(received.vectors, expected.vectors, 1e-9, 0);
  }
}

TEST(eigen_bears_repeated_and_vanishing_values) {
  const int64_t n = 40;
  check_decomposition(std::vector<double>(n * n, 0.0), n, 1);
  check_decomposition(identity(n), n, 1);
  check_decomposition(std::vector<double>(n * n, 1.0), n, 1);  // rank 1
  Random random(3);
  std::vector<double> low(n * n, 0.0);
  for (int64_t k = 0; k < 3; ++k) {
    const auto v = random.floats(n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) low[i * n + j] += static_cast<double>(v[i]) * v[j];
  }
  check_decomposition(low, n, 1);
}

TEST(eigen_bears_any_scale) {
  Random random(4);
  const int64_t n = 20;
  for (const double scale : {1e-200, 1e-30, 1e30, 1e150}) {
    auto a = symmetric(random, n);
    for (double& x : a) x *= scale;
    check_decomposition(a, n, scale);
  }
}

TEST(eigen_reads_the_lower_triangle_alone_and_refuses_what_is_not_finite) {
  Random random(5);
  const int64_t n = 9;
  const auto a = symmetric(random, n);
  auto lower = a;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i + 1; j < n; ++j) lower[i * n + j] = NAN;
  CHECK_CLOSE(symmetric_eigen(lower.data(), n, nullptr).values, symmetric_eigen(a.data(), n, nullptr).values, 0, 0);
  lower[n] = std::numeric_limits<double>::infinity();
  CHECK_THROWS("ERR_VALUE", "finite", symmetric_eigen(lower.data(), n, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "", symmetric_eigen(a.data(), n, &abort));
}

TEST(eigen_gives_the_vectors_of_the_largest_alone_and_the_same_bits_for_any_number_of_threads) {
  Random random(8);
  for (const int64_t n : {1, 2, 5, 70, 200}) {
    const auto a = symmetric(random, n);
    const SymmetricEigen all = symmetric_eigen(a.data(), n, nullptr);
    for (const int64_t count : {int64_t{0}, int64_t{1}, n / 2, n}) {
      const SymmetricEigen some = symmetric_eigen(a.data(), n, nullptr, count);
      CHECK_CLOSE(some.values, all.values, 0, 0);
      CHECK_CLOSE(some.vectors, std::vector<double>(all.vectors.begin(), all.vectors.begin() + count * n), 0, 0);
    }
  }
  const auto a = symmetric(random, 200);
  CHECK_SAME_BITS(return symmetric_eigen(a.data(), 200, nullptr).vectors);
}

TEST(pca_finds_planted_directions) {
  Random random(6);
  const int64_t rows = 2000, dims = 12;
  // Variances 9, 4 and 1 along the first, fifth and third axis (a uniform over [-a, a] has a^2 / 3), mean 7, else 0.01.
  std::vector<float> x(rows * dims);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t d = 0; d < dims; ++d) {
      const double variance = d == 0 ? 9 : d == 4 ? 4 : d == 2 ? 1 : 0.01, reach = std::sqrt(3 * variance);
      x[r * dims + d] = static_cast<float>(7 + random.uniform(-reach, reach));
    }
  const Pca fit = pca({x.data(), rows, dims}, 3, nullptr);
  CHECK_CLOSE(fit.mean, std::vector<double>(dims, 7.0), 0.2, 0);
  CHECK_CLOSE(fit.variances, (std::vector<double>{9, 4, 1}), 0, 0.1);
  std::vector<double> axes(3 * dims, 0.0);
  axes[0] = axes[dims + 4] = axes[2 * dims + 2] = 1;
  CHECK_CLOSE(fit.components, axes, 0.05, 0);
}

TEST(pca_is_the_same_for_any_number_of_threads_and_refuses_nonsense) {
  Random random(7);
  const auto x = random.floats(3000 * 20);
  CHECK_SAME_BITS(return doubles(pca({x.data(), 3000, 20}, 8, nullptr).components));
  CHECK_THROWS("ERR_VALUE", "from 1 to 20 components", pca({x.data(), 3000, 20}, 0, nullptr));
  CHECK_THROWS("ERR_VALUE", "received 21", pca({x.data(), 3000, 20}, 21, nullptr));
  CHECK_THROWS("ERR_VALUE", "at least one row", pca({x.data(), 0, 20}, 1, nullptr));
  const std::vector<float> broken(20, NAN);
  CHECK_THROWS("ERR_VALUE", "finite", pca({broken.data(), 1, 20}, 1, nullptr));
}

namespace {

// v v' of rows [count, n]
std::vector<double> products_of_rows(const std::vector<float>& v, int64_t count, int64_t n) {
  std::vector<double> out(count * count, 0.0);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j)
      for (int64_t c = 0; c < n; ++c) out[i * count + j] += static_cast<double>(v[i * n + c]) * v[j * n + c];
  return out;
}

}  // namespace

TEST(row_space_axes_equal_those_of_the_scatter_matrix) {
  Random random(9);
  for (const int64_t rows : {1, 2, 7, 20})
    for (const int64_t dims : {20, 33}) {
      const auto x = random.floats(rows * dims, 1, 3);
      const Scatter s = scatter({x.data(), rows, dims}, ScatterSums::doubles, nullptr);
      const int64_t rank = std::max<int64_t>(rows - 1, 1);
      const PrincipalAxes narrow = row_space_axes({x.data(), rows, dims}, true, {rank}, nullptr);
      const PrincipalAxes wide = leading_axes(s.sums.data(), dims, {rank}, nullptr);
      CHECK_CLOSE(narrow.mean, s.mean, 1e-12, 0);
      CHECK_EQUAL(narrow.values.size(), static_cast<size_t>(rows));
      CHECK_CLOSE(narrow.values, std::vector<double>(wide.values.begin(), wide.values.begin() + rows), 1e-5, 1e-6);
      if (rows > 1) CHECK_CLOSE(narrow.vectors, wide.vectors, 1e-4, 0);
    }
}

TEST(axes_beyond_the_rank_are_orthonormal) {
  Random random(10);
  const int64_t rows = 12, dims = 15;
  std::vector<float> x(rows * dims, 0.0f);
  for (int64_t r = 0; r < rows; ++r) x[r * dims] = static_cast<float>(r), x[r * dims + 4] = r < 6 ? 1.0f : -1e-4f * r;
  const PrincipalAxes fit = row_space_axes({x.data(), rows, dims}, true, {rows}, nullptr);
  CHECK_CLOSE(products_of_rows(fit.vectors, rows, dims), identity(rows), 1e-6, 0);
  CHECK(fit.values[1] > 0);
  CHECK(fit.values[2] < 1e-9 * fit.values[0]);
  const std::vector<float> nothing(3 * 3, 0.0f);
  CHECK_CLOSE(products_of_rows(row_space_axes({nothing.data(), 3, 3}, false, {3}, nullptr).vectors, 3, 3), identity(3),
              1e-6, 0);
}

TEST(axes_are_as_many_as_hold_the_share) {
  const std::vector<double> sums{6, 0, 0, 0, 3, 0, 0, 0, 1};
  for (const auto& [share, count] : {std::pair<double, size_t>{0.5, 1}, {0.59, 1}, {0.6, 2}, {0.95, 3}})
    CHECK_EQUAL(leading_axes(sums.data(), 3, {0, share}, nullptr).vectors.size(), 3 * count);
  CHECK_THROWS("ERR_VALUE", "share", leading_axes(sums.data(), 3, {0, 1}, nullptr));
  CHECK_THROWS("ERR_VALUE", "from 1 to 3", leading_axes(sums.data(), 3, {4}, nullptr));
}

TEST(outer_products_add_up) {
  const std::vector<float> v{1, 2, 3, 4};
  const std::vector<double> weights{2, 10};
  std::vector<double> sums{1, 0, 0, 1};
  add_outer_products({v.data(), 2, 2}, weights.data(), sums.data(), nullptr);
  CHECK_CLOSE(sums, (std::vector<double>{1 + 2 + 90, 4 + 120, 4 + 120, 1 + 8 + 160}), 0, 0);
}

// Gram, projection, inverses and EASE through the interface.
#include <cmath>

#include "kindred/linalg/normal_equations.h"
#include "kindred/linalg/pca.h"
#include "reference/linalg/normal_equations.h"
#include "reference/linalg/normalize.h"
#include "test/cuda_interface/device.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// X'X + I of more rows than columns, rounded to floats.
std::vector<float> positive_definite(Random& random, int64_t n) {
  const auto x = random.floats((n + 3) * n);
  auto a = gram({x.data(), n + 3, n}, nullptr);
  for (int64_t i = 0; i < n; ++i) a[i * n + i] += 5;
  return {a.begin(), a.end()};
}

}  // namespace

TEST(gram_equals_the_cpu) {
  Random random(1);
  for (const int64_t rows : {0, 1, 31, 33, 1023, 1024, 1025, 4096})
    for (const int64_t cols : {1, 31, 33, 130}) {
      if (quick() && rows > 1025) continue;
      const auto x = random.floats(rows * cols);
      const DeviceMatrix matrix(rows, cols, x);
      std::vector<double> received(cols * cols, NAN), sums(cols, NAN), expected(cols, 0.0);
      CHECK_OK(table().gram(matrix.get(), received.data(), sums.data(), nullptr, &error));
      CHECK_CLOSE(received, gram({x.data(), rows, cols}, nullptr), 1e-9, 1e-9);
      for (int64_t n = 0; n < rows * cols; ++n) expected[n % cols] += x[n];
      CHECK_CLOSE(sums, expected, 1e-9, 1e-9);
    }
}

TEST(gram_of_many_columns) {
  Random random(2);
  const auto x = random.floats(9 * 1025);
  const DeviceMatrix matrix(9, 1025, x);
  std::vector<double> received(1025 * 1025);
  CHECK_OK(table().gram(matrix.get(), received.data(), nullptr, nullptr, &error));
  CHECK_CLOSE(received, gram({x.data(), 9, 1025}, nullptr), 1e-9, 1e-9);
}

TEST(projections_equal_the_reference) {
  Random random(3);
  for (const int64_t rows : {1, 33, 1025})
    for (const int64_t dims : {1, 31, 33, 130})
      for (const int64_t count : {int64_t{1}, dims}) {
        const auto x = random.floats(rows * dims), c = random.floats(count * dims);
        const auto mean = doubles(random.floats(dims));
        const DeviceMatrix X(rows, dims, x), C(count, dims, c), out(rows, count, {});
        for (const bool centred : {false, true}) {
          std::vector<double> expected(rows * count, 0.0);
          for (int64_t n = 0; n < rows * count; ++n)
            for (int64_t d = 0; d < dims; ++d)
              expected[n] += (x[n / count * dims + d] - (centred ? mean[d] : 0.0)) * c[n % count * dims + d];
          CHECK_OK(table().project(X.get(), centred ? mean.data() : nullptr, C.get(), out.get(), nullptr, &error));
          CHECK_CLOSE(out.values(), expected, 2e-5, 2e-5);
        }
      }
  const DeviceMatrix a(3, 4, {}), b(2, 5, {}), c(3, 2, {});
  CHECK_FAILS(KINDRED_CUDA_INVALID, "[3, 4]", table().project(a.get(), nullptr, b.get(), c.get(), nullptr, &error));
}

TEST(pca_from_gram_and_projection_equals_the_cpu) {
  Random random(4);
  const int64_t rows = 500, dims = 20;
  auto x = random.floats(rows * dims);
  for (int64_t n = 0; n < rows * dims; ++n) x[n] = x[n] * static_cast<float>(n % dims + 1) + 3;
  const Pca expected = pca({x.data(), rows, dims}, 3, nullptr);
  const DeviceMatrix X(rows, dims, x), C(3, dims, expected.components), out(rows, 3, {});
  CHECK_OK(table().project(X.get(), expected.mean.data(), C.get(), out.get(), nullptr, &error));
  const auto y = out.values();
  std::vector<double> variances(3, 0.0);
  for (size_t n = 0; n < y.size(); ++n) variances[n % 3] += static_cast<double>(y[n]) * y[n] / rows;
  CHECK_CLOSE(variances, expected.variances, 1e-3, 1e-5);
}

TEST(inverses_and_ease_equal_the_reference) {
  Random random(5);
  for (const int64_t n : {1, 2, 31, 33, 63, 64, 65, 128, 130, 300}) {
    const auto a = positive_definite(random, n);
    std::vector<double> identity(n * n, 0.0), weights(n * n, 0.0);
    for (int64_t i = 0; i < n; ++i) identity[i * n + i] = 1;
    const auto P = reference::solve(doubles(a), n, identity, n);
    for (int64_t e = 0; e < n * n; ++e)
      if (e / n != e % n) weights[e] = -P[e] / P[e % n * n + e % n];
    const DeviceMatrix inverse(n, n, a), ease(n, n, a);
    CHECK_OK(table().inverse(inverse.get(), nullptr, &error));
    CHECK_CLOSE(inverse.values(), P, 1e-5, 1e-4);
    CHECK_OK(table().ease_weights(ease.get(), nullptr, &error));
    CHECK_CLOSE(ease.values(), weights, 1e-4, 1e-3);
  }
}

TEST(a_matrix_that_cannot_be_inverted_names_its_pivot) {
  Random random(6);
  auto a = positive_definite(random, 100);
  // Row 70 becomes a copy of row 3: of its pivot too little remains.
  for (int64_t i = 0; i < 100; ++i) a[70 * 100 + i] = a[3 * 100 + i];
  for (int64_t i = 0; i < 100; ++i) a[i * 100 + 70] = a[i * 100 + 3];
  const DeviceMatrix matrix(100, 100, a), wide(3, 4, {});
  KindredCudaError error{};
  CHECK_EQUAL(table().inverse(matrix.get(), nullptr, &error), int32_t{KINDRED_CUDA_NOT_POSITIVE_DEFINITE});
  CHECK_EQUAL(error.row, int64_t{70});
  a[5 * 100 + 5] = -1;
  const DeviceMatrix negative(100, 100, a);
  CHECK_EQUAL(table().inverse(negative.get(), nullptr, &error), int32_t{KINDRED_CUDA_NOT_POSITIVE_DEFINITE});
  CHECK_EQUAL(error.row, int64_t{5});
  CHECK_FAILS(KINDRED_CUDA_INVALID, "square", table().inverse(wide.get(), nullptr, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "square", table().ease_weights(wide.get(), nullptr, &error));
  const unsigned char cancel = 1;
  CHECK_FAILS(KINDRED_CUDA_CANCELLED, "cancelled", table().inverse(matrix.get(), &cancel, &error));
}

TEST(normalised_rows_equal_the_reference) {
  Random random(7);
  for (const int64_t rows : {0, 1, 31, 33, 1025})
    for (const int64_t cols : {1, 31, 33, 1023, 1024, 1025, 4096}) {
      if (rows * cols > 1 << 21) continue;
      auto values = random.floats(rows * cols);
      const float scales[] = {1.0f, 1e-30f, 1e30f, 0.0f};
      for (int64_t n = 0; n < rows * cols; ++n) values[n] *= scales[n / cols % 4];
      const auto expected = reference::normalize_rows({values.data(), rows, cols});
      const DeviceMatrix matrix(rows, cols, values);
      int64_t zeros = -1;
      CHECK_OK(table().normalize_rows(matrix.get(), 0, rows, &zeros, &error));
      CHECK_CLOSE(matrix.values(), expected.values, 1e-7, 2e-6);
      CHECK_EQUAL(zeros, expected.zeros);
    }
  const DeviceMatrix bad(1, 3, {1, INFINITY, 2});
  CHECK_OK(table().normalize_rows(bad.get(), 0, 1, nullptr, &error));
  for (const float value : bad.values()) CHECK(std::isnan(value));
  const DeviceMatrix matrix(3, 1, {2, 2, 2});
  CHECK_OK(table().normalize_rows(matrix.get(), 1, 1, nullptr, &error));
  CHECK_CLOSE(matrix.values(), (std::vector<double>{2, 1, 2}), 0, 0);
  CHECK_FAILS(KINDRED_CUDA_INVALID, "expected rows", table().normalize_rows(matrix.get(), 2, 2, nullptr, &error));
}

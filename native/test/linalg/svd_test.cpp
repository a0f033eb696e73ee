#include "kindred/linalg/svd.h"

#include <cmath>

#include "reference/linalg/svd.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

SingularVectors svd_of(const Csr& a, int64_t width, int64_t count, int steps) {
  Random random(9);
  std::vector<float> basis = random.floats(a.cols * width);
  const Csr transposed = transpose(a.view(), nullptr);
  for (int step = 0; step < steps; ++step)
    subspace_step(a.view(), transposed.view(), {basis.data(), a.cols, width}, nullptr);
  return singular_vectors(a.view(), {basis.data(), a.cols, width}, count, nullptr);
}

// sum over k < count of value_k^2 v_k v_k' [cols, cols]: the same whatever the signs and the order of ties.
template <class T>
std::vector<double> rebuilt(const std::vector<T>& values, const std::vector<T>& vectors, int64_t cols, int64_t stride,
                            int64_t count) {
  std::vector<double> out(cols * cols, 0.0);
  for (int64_t i = 0; i < cols; ++i)
    for (int64_t j = 0; j < cols; ++j)
      for (int64_t k = 0; k < count; ++k)
        out[i * cols + j] += static_cast<double>(values[k]) * values[k] * vectors[i * stride + k] *
                             static_cast<double>(vectors[j * stride + k]);
  return out;
}

}  // namespace

TEST(a_full_basis_gives_the_whole_decomposition) {
  Random random(1);
  for (const int64_t rows : {1, 3, 40, 130})
    for (const int64_t cols : {1, 2, 17, 33}) {
      const Csr a = random_csr(random, rows, cols, 0.3, -2, 4);
      const auto expected = reference::svd(a.view());
      const SingularVectors received = svd_of(a, cols, cols, 3);
      CHECK_CLOSE(received.values, expected.values, 2e-5 * (expected.values[0] + 1), 1e-4);
      CHECK_CLOSE(rebuilt(received.values, received.vectors, cols, cols, cols),
                  rebuilt(expected.values, expected.vectors, cols, cols, cols), 2e-4, 1e-4);
    }
}

TEST(a_narrow_basis_gives_the_largest) {
  Random random(2);
  const int64_t cols = 90, count = 5;
  Csr a = random_csr(random, 200, cols, 0.2);
  for (size_t n = 0; n < a.values.size(); ++n) a.values[n] *= static_cast<float>(std::pow(0.9, a.indices[n]));
  const auto expected = reference::svd(a.view());
  const SingularVectors received = svd_of(a, count + 10, count, 12);
  CHECK_CLOSE(received.values, std::vector<double>(expected.values.begin(), expected.values.begin() + count), 0, 1e-5);
  CHECK_CLOSE(rebuilt(received.values, received.vectors, cols, count, count),
              rebuilt(expected.values, expected.vectors, cols, cols, count), 1e-3, 1e-3);
  for (int64_t k = 0; k < count; ++k)
    for (int64_t l = 0; l <= k; ++l) {
      double dot = 0;
      for (int64_t i = 0; i < cols; ++i)
        dot += static_cast<double>(received.vectors[i * count + k]) * received.vectors[i * count + l];
      CHECK(std::fabs(dot - (k == l)) < 1e-5);
    }
}

TEST(beyond_the_rank_there_is_nothing) {
  const std::vector<int32_t> indptr{0, 2, 4, 4}, indices{0, 2, 0, 2};  // rank 1: columns 0 and 2 alike, 1 and 3 empty
  const CsrView view{indptr.data(), indices.data(), nullptr, 3, 4};
  const Csr back = transpose(view, nullptr), a = transpose(back.view(), nullptr);
  const SingularVectors received = svd_of(a, 3, 3, 4);
  CHECK_CLOSE(received.values, (std::vector<double>{2, 0, 0}), 1e-6, 0);
  const double half = std::sqrt(0.5);
  CHECK_CLOSE(received.vectors, (std::vector<double>{half, 0, 0, 0, 0, 0, half, 0, 0, 0, 0, 0}), 1e-6, 0);
}

TEST(no_entries_no_values) {
  const std::vector<int32_t> indptr{0, 0};
  const CsrView view{indptr.data(), nullptr, nullptr, 1, 3};
  const Csr back = transpose(view, nullptr), a = transpose(back.view(), nullptr);
  CHECK_CLOSE(svd_of(a, 2, 2, 2).values, (std::vector<double>{0, 0}), 0, 0);
}

TEST(svd_gives_the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Csr a = random_csr(random, 300, 150, 0.1);
  CHECK_SAME_BITS(return doubles(svd_of(a, 20, 12, 3).vectors));
}

namespace {

SingularVectors dense_svd_of(ConstMatrix a, const double* mean, int64_t width, int64_t count, int steps) {
  Random random(9);
  std::vector<float> basis = random.floats(a.cols * width);
  for (int step = 0; step < steps; ++step) subspace_step(a, mean, {basis.data(), a.cols, width}, nullptr);
  return singular_vectors(a, mean, {basis.data(), a.cols, width}, count, nullptr);
}

}  // namespace

TEST(a_dense_matrix_decomposes_as_the_same_sparse_one) {
  Random random(5);
  for (const int64_t rows : {3, 40, 2100}) {
    const int64_t cols = 17;
    const Csr a = random_csr(random, rows, cols, 1, -2, 4);
    const Padded dense(rows, cols, 2, a.values);
    const auto expected = reference::svd(a.view());
    const int64_t count = std::min(rows, cols);
    const SingularVectors received = dense_svd_of(dense.view(), nullptr, count, count, 4);
    CHECK_CLOSE(received.values, std::vector<double>(expected.values.begin(), expected.values.begin() + count),
                2e-5 * (expected.values[0] + 1), 1e-4);
    CHECK_CLOSE(rebuilt(received.values, received.vectors, cols, count, count),
                rebuilt(expected.values, expected.vectors, cols, cols, count), 2e-4 * static_cast<double>(rows), 1e-4);
  }
}

TEST(a_mean_is_subtracted_before_the_products) {
  Random random(6);
  const int64_t rows = 2500, cols = 9;
  std::vector<float> x = random.floats(rows * cols, -1, 1), centred = x;
  std::vector<double> mean(cols);
  for (int64_t c = 0; c < cols; ++c) mean[c] = static_cast<double>(100 + c);
  for (int64_t i = 0; i < rows * cols; ++i) x[i] = static_cast<float>(x[i] + mean[i % cols]);
  for (int64_t i = 0; i < rows * cols; ++i) centred[i] = static_cast<float>(x[i] - mean[i % cols]);
  const SingularVectors received = dense_svd_of({x.data(), rows, cols}, mean.data(), 6, 4, 5);
  const SingularVectors expected = dense_svd_of({centred.data(), rows, cols}, nullptr, 6, 4, 5);
  CHECK_CLOSE(received.values, expected.values, 0, 0);
  CHECK_CLOSE(received.vectors, expected.vectors, 0, 0);
  CHECK_SAME_BITS(return doubles(dense_svd_of({x.data(), rows, cols}, mean.data(), 6, 4, 2).vectors));
  CHECK_THROWS("ERR_SHAPE", "basis", subspace_step({x.data(), 3, 4}, nullptr, {centred.data(), 5, 2}, nullptr));
}

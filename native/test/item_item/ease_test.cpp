#include "kindred/item_item/ease.h"

#include <cmath>
#include <string>

#include "kindred/linalg/inverse.h"
#include "reference/item_item/ease.h"
#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<float> gram_of(const Csr& log, double regularization) {
  std::vector<float> gram(log.cols * log.cols, NAN);
  regularized_gram(log.view(), transpose(log.view(), nullptr).view(), regularization, {gram.data(), log.cols, log.cols},
                   nullptr);
  return gram;
}

std::vector<float> diagonal_of(const std::vector<float>& a, int64_t n) {
  std::vector<float> out(n);
  for (int64_t i = 0; i < n; ++i) out[i] = a[i * n + i];
  return out;
}

std::vector<float> weights_of(const Csr& log, double regularization, int64_t pivots_at_a_time) {
  const int64_t n = log.cols;
  std::vector<float> a = gram_of(log, regularization);
  const auto diagonal = diagonal_of(a, n);
  for (int64_t k = 0; k < n; k += pivots_at_a_time)
    invert_pivots({a.data(), n, n}, diagonal.data(), k, std::min(k + pivots_at_a_time, n), nullptr);
  ease_weights({a.data(), n, n}, nullptr);
  return a;
}

}  // namespace

TEST(the_gram_matrix_equals_the_reference_below_the_diagonal) {
  Random random(1);
  for (const int64_t users : {0, 1, 40})
    for (const int64_t items : {0, 1, 2, 15, 17, 70}) {
      Csr log = random_csr(random, users, items, 0.2);
      for (const bool weights : {true, false}) {
        if (!weights) log.values.clear();
        auto expected = reference::regularized_gram(log.view(), 0.5);
        for (int64_t i = 0; i < items; ++i)
          for (int64_t j = i + 1; j < items; ++j) expected[i * items + j] = 0;
        CHECK_CLOSE(gram_of(log, 0.5), expected, 0, 1e-7);
      }
    }
}

TEST(ease_weights_equal_the_reference) {
  Random random(2);
  for (const int64_t items : {0, 1, 2, 33, 65, 255, 256, 257, 600}) {
    const Csr log = random_csr(random, 200, items, 0.1);
    const auto expected = reference::ease_weights(reference::regularized_gram(log.view(), 20), items);
    CHECK_CLOSE(weights_of(log, 20, 1 << 20), expected, 2e-5, 1e-5);
  }
}

TEST(weights_that_fall_off_through_denormal_numbers_equal_the_reference) {
  // Users choose two of three neighbouring items: the weights of items far apart are tiny beyond any float.
  constexpr int32_t kItems = 400;
  std::vector<int32_t> rows, cols;
  for (int32_t u = 0; u < 3 * (kItems - 2); ++u)
    for (int32_t i = 0; i < 3; ++i)
      if (i != u % 3) rows.push_back(u), cols.push_back(u / 3 + i);
  const Csr log = csr_from_pairs(rows.data(), cols.data(), nullptr, rows.size(), rows.back() + 1, kItems, nullptr);
  const auto expected = reference::ease_weights(reference::regularized_gram(log.view(), 2), kItems);
  CHECK_CLOSE(weights_of(log, 2, 1 << 20), expected, 2e-6, 1e-5);
  CHECK_SAME_BITS(return doubles(weights_of(log, 2, 1 << 20)));
}

TEST(ranges_of_pivots_give_the_same_bits) {
  Random random(3);
  const Csr log = random_csr(random, 300, 1100, 0.05);
  CHECK(weights_of(log, 5, 1 << 20) == weights_of(log, 5, kPivotBlock));
}

TEST(a_matrix_that_is_not_positive_definite_is_refused_by_row) {
  for (const int64_t n : {1, 3, 300, 600})
    for (const int64_t bad : {int64_t{0}, n / 2, n - 1})
      for (const float pivot : {0.0f, -1.0f, NAN}) {
        std::vector<float> a(n * n, 0.0f);
        for (int64_t i = 0; i < n; ++i) a[i * n + i] = i == bad ? pivot : 4;
        const auto diagonal = diagonal_of(a, n);
        // NaN spreads through its block before it is met.
        const std::string row = std::isnan(pivot) ? "" : "at row " + std::to_string(bad) + ". ",
                          part = row + "Increase the";
        CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", part.c_str(),
                     invert_pivots({a.data(), n, n}, diagonal.data(), 0, n, nullptr));
      }
}

TEST(the_error_of_an_inverse_is_seen) {
  Random random(6);
  for (const int64_t items : {1, 33, 1025}) {
    Csr log = random_csr(random, 100, items, 0.05);
    if (items == 33) log.values.clear();
    std::vector<float> a = gram_of(log, 40);
    const Matrix negated(a.data(), items, items);
    invert_pivots(negated, diagonal_of(a, items).data(), 0, items, nullptr);
    CHECK(inverse_error(log.view(), 40, negated, nullptr) < 1e-4);
    negated.row(items - 1)[0] += 0.01f;
    CHECK(inverse_error(log.view(), 40, negated, nullptr) > 0.1);
    CHECK_SAME_BITS(return {inverse_error(log.view(), 40, negated, nullptr)});
    negated.row(items - 1)[0] = NAN;
    CHECK(inverse_error(log.view(), 40, negated, nullptr) == INFINITY);
  }
}

TEST(items_that_always_occur_together_need_regularization) {
  // Columns come twice: without a penalty the matrix is singular, with a tiny one it is so in single precision.
  for (const int64_t items : {2, 400})
    for (const double regularization : {0.0, 1e-6}) {
      std::vector<int32_t> rows, cols;
      for (int32_t u = 0; u < 200; ++u)
        for (int32_t i = 0; i < items; ++i)
          if ((i / 2 * 7 + u * 3) % 11 < 5 || i / 2 == u) rows.push_back(u), cols.push_back(i);
      const Csr log = csr_from_pairs(rows.data(), cols.data(), nullptr, rows.size(), 200, items, nullptr);
      CHECK_THROWS("ERR_NOT_POSITIVE_DEFINITE", "Increase the regularization", weights_of(log, regularization, 256));
      const auto expected = reference::ease_weights(reference::regularized_gram(log.view(), 100), items);
      CHECK_CLOSE(weights_of(log, 100, 256), expected, 1e-4, 1e-3);
    }
}

TEST(ease_gives_the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Csr log = random_csr(random, 300, 600, 0.05);
  CHECK_SAME_BITS(return doubles(weights_of(log, 5, 256)));
}

TEST(an_inversion_can_be_aborted) {
  std::vector<float> a(400 * 400);
  for (int64_t i = 0; i < 400; ++i) a[i * 400 + i] = 1;
  const AbortFlag raised{true};
  CHECK_THROWS("ERR_ABORTED", "", invert_pivots({a.data(), 400, 400}, diagonal_of(a, 400).data(), 0, 400, &raised));
}

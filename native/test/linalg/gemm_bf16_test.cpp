// On an instruction set without products of bf16: that they are refused.
#include "kindred/linalg/gemm_bf16.h"

#include <bit>
#include <cmath>

#include "reference/linalg/gemm.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

Strided view(const Padded& m) { return ConstMatrix(m.view()); }

// To the nearest of 8 bits of precision, ties to even.
float rounded(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
}

std::vector<float> rounded(std::vector<float> values) {
  for (float& x : values) x = rounded(x);
  return values;
}

}  // namespace

TEST(a_product_of_bf16_equals_the_reference_of_rounded_numbers) {
  if (!has_bf16_products()) return;
  Random random(1);
  GemmScratch scratch;
  for (const int64_t m : {0, 1, 5, 15, 16, 17, 33, 130})
    for (const int64_t n : {0, 1, 7, 16, 31, 33, 70})
      for (const int64_t depth : {0, 1, 2, 31, 32, 33, 100, 600})
        for (const bool has_bias : {false, true}) {
          const auto of_a = random.floats(m * depth), of_at = random.floats(m * depth);
          const auto of_b = random.floats(depth * n), of_bt = random.floats(depth * n);
          const Padded a(m, depth, 3, of_a), at(depth, m, 2, of_at), b(depth, n, 1, of_b), bt(n, depth, 0, of_bt);
          const Padded ra(m, depth, 3, rounded(of_a)), rat(depth, m, 2, rounded(of_at));
          const Padded rb(depth, n, 1, rounded(of_b)), rbt(n, depth, 0, rounded(of_bt));
          const std::vector<float> bias = random.floats(n);
          const Strided lefts[] = {view(a), view(at).transposed()}, rights[] = {view(b), view(bt).transposed()};
          const Strided exact_lefts[] = {view(ra), view(rat).transposed()};
          const Strided exact_rights[] = {view(rb), view(rbt).transposed()};
          for (int l = 0; l < 2; ++l)
            for (int r = 0; r < 2; ++r) {
              Padded c(m, n, 5, std::vector<float>(m * n, NAN));
              auto expected = reference::gemm(1, exact_lefts[l], exact_rights[r]);
              if (has_bias)
                for (int64_t i = 0; i < m * n; ++i) expected[i] += bias[i % n];
              gemm_bf16(lefts[l], rights[r], has_bias ? bias.data() : nullptr, c.view(), nullptr, &scratch);
              CHECK_CLOSE(c.values(), expected, 1e-5, 1e-5);
              CHECK(c.gaps_untouched());
            }
        }
}

TEST(a_product_of_bf16_over_several_blocks) {
  if (!has_bf16_products()) return;
  Random random(2);
  const int64_t m = 700, n = 300, depth = 1000;
  const auto of_a = rounded(random.floats(m * depth)), of_b = rounded(random.floats(depth * n));
  const Padded a(m, depth, 0, of_a), b(depth, n, 0, of_b);
  Padded c(m, n, 1, std::vector<float>(m * n));
  gemm_bf16(view(a), view(b), nullptr, c.view(), nullptr);
  CHECK_CLOSE(c.values(), reference::gemm(1, view(a), view(b)), 5e-5, 1e-5);
  CHECK(c.gaps_untouched());
}

TEST(a_row_has_the_same_bits_alone_and_among_others_and_for_any_number_of_threads) {
  if (!has_bf16_products()) return;
  Random random(3);
  const int64_t m = 261, n = 70, depth = 400;
  const Padded a(m, depth, 0, random.floats(m * depth)), b(n, depth, 0, random.floats(n * depth));
  const Strided right = view(b).transposed();
  Padded c(m, n, 0, std::vector<float>(m * n));
  gemm_bf16(view(a), right, nullptr, c.view(), nullptr);
  for (const int64_t i : {0, 1, 17, 63, 200, 260}) {
    std::vector<float> one(n);
    gemm_bf16({view(a).data + i * depth, 1, depth, depth, 1}, right, nullptr, {one.data(), 1, n}, nullptr);
    for (int64_t j = 0; j < n; ++j) CHECK_EQUAL(one[j], c.view().row(i)[j]);
  }
  CHECK_SAME_BITS(std::vector<float> out(m * n); gemm_bf16(view(a), right, nullptr, {out.data(), m, n}, nullptr);
                  return doubles(out));
}

TEST(numbers_that_are_not_finite_stay_where_they_are) {
  if (!has_bf16_products()) return;
  std::vector<float> a(20 * 40, 1.0f), b(40 * 20, 1.0f), c(20 * 20);
  a[3 * 40 + 7] = NAN;
  b[5 * 20 + 19] = INFINITY;
  gemm_bf16(ConstMatrix(a.data(), 20, 40), ConstMatrix(b.data(), 40, 20), nullptr, {c.data(), 20, 20}, nullptr);
  for (int64_t i = 0; i < 20; ++i)
    for (int64_t j = 0; j < 20; ++j) {
      const float value = c[i * 20 + j];
      if (i == 3)
        CHECK(std::isnan(value));
      else
        CHECK_EQUAL(value, j == 19 ? INFINITY : 40.0f);
    }
}

TEST(products_of_bf16_are_refused_where_they_do_not_fit_or_are_not_there) {
  std::vector<float> x(12);
  const ConstMatrix a(x.data(), 3, 4), b(x.data(), 3, 4);
  if (!has_bf16_products()) {
    CHECK_THROWS("ERR_NOT_SUPPORTED", "take f32",
                 gemm_bf16(a, Strided(b).transposed(), nullptr, {x.data(), 3, 3}, nullptr));
    return;
  }
  CHECK_THROWS("ERR_SHAPE", "[3, 4] times [3, 4] does not give [3, 3]",
               gemm_bf16(a, b, nullptr, {x.data(), 3, 3}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "without gaps",
               gemm_bf16({x.data(), 2, 2, 4, 2}, {x.data(), 2, 2, 2, 1}, nullptr, {x.data(), 2, 2}, nullptr));
}

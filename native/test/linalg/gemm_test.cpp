#include "kindred/linalg/gemm.h"

#include <cmath>

#include "reference/linalg/gemm.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

Strided view(const Padded& m) { return ConstMatrix(m.view()); }

}  // namespace

TEST(gemm_equals_the_reference_in_all_orders) {
  Random random(1);
  for (const int64_t m : {0, 1, 5, 12, 13, 31, 65})
    for (const int64_t n : {0, 1, 7, 8, 15, 33, 65})
      for (const int64_t depth : {0, 1, 2, 33, 255, 256, 257, 600}) {
        const Padded a(m, depth, 3, random.floats(m * depth)), b(depth, n, 1, random.floats(depth * n));
        const Padded at(depth, m, 2, random.floats(m * depth)), bt(n, depth, 0, random.floats(depth * n));
        for (const Strided& left : {view(a), view(at).transposed()})
          for (const Strided& right : {view(b), view(bt).transposed()}) {
            Padded c(m, n, 5, random.floats(m * n));
            const auto before = c.values();
            auto expected = reference::gemm(-0.5, left, right);
            for (size_t i = 0; i < expected.size(); ++i) expected[i] += before[i];
            gemm(-0.5f, left, right, c.view(), GemmRegion::full, nullptr);
            CHECK_CLOSE(c.values(), expected, 1e-5, 1e-5);
            CHECK(c.gaps_untouched());
          }
      }
}

TEST(a_product_that_overwrites_does_not_read_what_it_overwrites) {
  Random random(6);
  for (const int64_t m : {0, 1, 12, 13, 65})
    for (const int64_t n : {0, 1, 31, 32, 33, 65})
      for (const int64_t depth : {0, 1, 33, 256, 600})
        for (const bool has_bias : {false, true}) {
          const Padded a(m, depth, 3, random.floats(m * depth)), bt(n, depth, 1, random.floats(n * depth));
          const std::vector<float> bias = random.floats(n);
          Padded c(m, n, 5, std::vector<float>(m * n, NAN));
          auto expected = reference::gemm(1, view(a), view(bt).transposed());
          if (has_bias)
            for (int64_t i = 0; i < m * n; ++i) expected[i] += bias[i % n];
          gemm_overwrite(view(a), view(bt).transposed(), has_bias ? bias.data() : nullptr, c.view(), nullptr);
          CHECK_CLOSE(c.values(), expected, 1e-5, 1e-5);
          CHECK(c.gaps_untouched());
        }
}

TEST(gemm_over_several_blocks) {
  Random random(2);
  const int64_t m = 800, n = 790, depth = 300;
  const Padded a(m, depth, 0, random.floats(m * depth)), b(depth, n, 0, random.floats(depth * n));
  Padded c(m, n, 1, std::vector<float>(m * n));
  gemm(1, view(a), view(b), c.view(), GemmRegion::full, nullptr);
  CHECK_CLOSE(c.values(), reference::gemm(1, view(a), view(b)), 2e-5, 1e-5);
  CHECK(c.gaps_untouched());
}

TEST(the_lower_triangle_is_that_of_the_full_product) {
  Random random(3);
  GemmScratch scratch;
  for (const int64_t n : {1, 5, 13, 33, 383, 385, 801}) {
    const Padded a(n, 40, 0, random.floats(n * 40));
    std::vector<float> full(n * n), lower(n * n);
    gemm(1, view(a), view(a).transposed(), {full.data(), n, n}, GemmRegion::full, nullptr);
    gemm(1, view(a), view(a).transposed(), {lower.data(), n, n}, GemmRegion::lower, nullptr, &scratch);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) CHECK_EQUAL(lower[i * n + j], full[i * n + j]);
  }
}

TEST(rows_and_columns_that_are_skipped_stay_and_the_others_do_not_notice) {
  Random random(5);
  const int64_t m = 70, n = 61, depth = 300;
  const Padded a(m, depth, 0, random.floats(m * depth)), b(depth, n, 0, random.floats(depth * n));
  std::vector<float> whole(m * n, 1.0f);
  gemm(1, view(a), view(b), {whole.data(), m, n}, GemmRegion::full, nullptr);
  for (const GemmSkip skip : {GemmSkip{0, 1}, GemmSkip{3, 17}, GemmSkip{32, 61}, GemmSkip{0, 61}, GemmSkip{9, 9}}) {
    std::vector<float> left(a.values()), right(b.values()), c(m * n, 1.0f);
    const auto skipped = [&](int64_t i) { return i >= skip.begin && i < skip.end; };
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t i = skip.begin; i < skip.end; ++i) left[i * depth + k] = right[k * n + i] = NAN;
    gemm(1, ConstMatrix(left.data(), m, depth), ConstMatrix(right.data(), depth, n), {c.data(), m, n}, GemmRegion::full,
         nullptr, nullptr, skip);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) CHECK_EQUAL(c[i * n + j], skipped(i) || skipped(j) ? 1.0f : whole[i * n + j]);
  }
}

TEST(gemm_refuses_sizes_that_do_not_fit) {
  std::vector<float> x(12);
  const ConstMatrix a(x.data(), 3, 4), b(x.data(), 3, 4);
  CHECK_THROWS("ERR_SHAPE", "[3, 4] times [3, 4] does not give [3, 3]",
               gemm(1, a, b, {x.data(), 3, 3}, GemmRegion::full, nullptr));
  CHECK_THROWS("ERR_SHAPE", "does not give [4, 3]",
               gemm(1, a, Strided(b).transposed(), {x.data(), 4, 3}, GemmRegion::full, nullptr));
  for (const GemmSkip skip : {GemmSkip{-1, 1}, GemmSkip{2, 1}, GemmSkip{0, 4}})
    CHECK_THROWS("ERR_SHAPE", "skip",
                 gemm(1, a, Strided(b).transposed(), {x.data(), 3, 3}, GemmRegion::full, nullptr, nullptr, skip));
}

TEST(gemm_gives_the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const int64_t n = 900;
  const Padded a(n, 300, 0, random.floats(n * 300));
  CHECK_SAME_BITS(std::vector<float> c(n * n);
                  gemm(1, view(a), view(a).transposed(), {c.data(), n, n}, GemmRegion::full, nullptr);
                  return doubles(c));
}

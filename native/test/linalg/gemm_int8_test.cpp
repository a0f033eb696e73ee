// The kernels of int8, on instruction sets that have them, beside sums of the rounded numbers.
#include <cmath>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/large_pages.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

int64_t ceil_div(int64_t n, int64_t by) { return (n + by - 1) / by; }

// Rows of numbers, packed.
struct Packed {
  LargeVector<uint32_t> words;
  std::vector<float> scales;
  std::vector<int32_t> sums;

  Packed(const Padded& m, int64_t lines, int64_t depth, int64_t stride, bool by_column)
      : words(ceil_div(lines, kInt8Lines) * ceil_div(depth, kInt8Depth) * kInt8Words, 0xffffffffu),
        scales(ceil_div(lines, kInt8Lines) * kInt8Lines, NAN),
        sums(scales.size(), -1) {
    kernels().int8.pack({m.view().data, lines, depth, stride}, by_column, words.data(), scales.data(),
                        by_column ? sums.data() : nullptr);
  }
};

struct Rounded {
  std::vector<double> numbers, scales;

  Rounded(const std::vector<float>& values, int64_t lines, int64_t depth) : numbers(lines * depth), scales(lines) {
    for (int64_t l = 0; l < lines; ++l) {
      float most = 0;
      for (int64_t k = 0; k < depth; ++k) most = std::max(most, std::abs(values[l * depth + k]));
      scales[l] = most / 127.0f;
      for (int64_t k = 0; k < depth && most > 0; ++k)
        numbers[l * depth + k] = std::nearbyint(values[l * depth + k] * (127.0f / most));
    }
  }
};

}  // namespace

TEST(products_of_int8_equal_sums_of_the_rounded_numbers) {
  if (!kernels().int8.multiply) return;
  Random random(1);
  for (const int64_t m : {1, 5, 16, 17, 33, 70})
    for (const int64_t n : {1, 15, 16, 31, 33, 130})
      for (const int64_t depth : {1, 63, 64, 65, 300}) {
        const auto of_a = random.floats(m * depth, -3, 5), of_b = random.floats(n * depth, -0.1, 0.1);
        const Padded a(m, depth, 3, of_a), b(n, depth, 1, of_b);
        const Packed left(a, m, depth, depth + 3, false), right(b, n, depth, depth + 1, true);
        const Rounded ra(of_a, m, depth), rb(of_b, n, depth);
        const std::vector<float> bias = random.floats(n);
        Padded c(m, n, 5, std::vector<float>(m * n, NAN));
        kernels().int8.multiply({left.words.data(), right.words.data(), left.scales.data(), right.scales.data(),
                                 right.sums.data(), ceil_div(depth, kInt8Depth), bias.data(), c.view().data, n + 5, m,
                                 n});
        std::vector<double> expected(m * n);
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (int64_t k = 0; k < depth; ++k) sum += ra.numbers[i * depth + k] * rb.numbers[j * depth + k];
            expected[i * n + j] = sum * ra.scales[i] * rb.scales[j] + bias[j];
          }
        CHECK_CLOSE(c.values(), expected, 2e-6, 2e-6);
        CHECK(c.gaps_untouched());
      }
}

TEST(rows_of_zeros_and_of_what_is_not_finite) {
  if (!kernels().int8.multiply) return;
  const int64_t m = 4, n = 3, depth = 70;
  std::vector<float> of_a(m * depth, 1.0f);
  std::fill_n(of_a.begin(), depth, 0.0f);
  of_a[depth + 69] = NAN;
  of_a[2 * depth + 1] = -INFINITY;
  const Padded a(m, depth, 0, of_a), b(n, depth, 0, std::vector<float>(n * depth, 0.5f));
  const Packed left(a, m, depth, depth, false), right(b, n, depth, depth, true);
  const std::vector<float> bias(n, 2.0f);
  std::vector<float> c(m * n);
  kernels().int8.multiply({left.words.data(), right.words.data(), left.scales.data(), right.scales.data(),
                           right.sums.data(), 2, bias.data(), c.data(), n, m, n});
  for (int64_t j = 0; j < n; ++j) {
    CHECK_EQUAL(c[j], 2.0f);
    CHECK(std::isnan(c[n + j]) && std::isnan(c[2 * n + j]));
    CHECK_CLOSE(std::vector<float>{c[3 * n + j]}, std::vector<double>{37.0}, 1e-4, 0);
  }
}

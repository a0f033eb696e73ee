#include "kindred/linalg/normalize.h"

#include <cmath>

#include "reference/linalg/normalize.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

TEST(equals_the_reference_on_awkward_sizes_and_strides) {
  Random random(1);
  for (const int64_t cols : kSizes)
    for (const int64_t rows : {0, 1, 3, 257})
      for (const int64_t gap : {0, 1, 5}) {
        auto values = random.floats(rows * cols, -100, 100);
        for (int64_t r = 0; r < rows; r += 3)  // every third row is zero
          for (int64_t c = 0; c < cols; ++c) values[r * cols + c] = 0;
        Padded matrix(rows, cols, gap, values);
        const auto expected = reference::normalize_rows(matrix.view());
        CHECK_EQUAL(normalize_rows(matrix.view(), nullptr), expected.zeros);
        CHECK_CLOSE(matrix.values(), expected.values, 1e-7, 1e-5);
        CHECK(matrix.gaps_untouched());
      }
}

TEST(huge_and_tiny_rows_have_length_one) {
  Random random(2);
  for (const float scale : {1e-44f, 1e-38f, 1e-20f, 1e-15f, 1e15f, 1e20f, 3e38f}) {
    auto values = random.floats(4 * 65);
    for (float& v : values) v *= scale;
    Padded matrix(4, 65, 0, values);
    const auto expected = reference::normalize_rows(matrix.view());
    CHECK_EQUAL(normalize_rows(matrix.view(), nullptr), expected.zeros);
    CHECK_CLOSE(matrix.values(), expected.values, 1e-6, 1e-5);
  }
}

TEST(rows_that_are_not_numbers_become_not_a_number_and_not_a_zero_norm) {
  Padded matrix(3, 2, 0, {NAN, NAN, NAN, 1, 3, 4});
  CHECK_EQUAL(normalize_rows(matrix.view(), nullptr), int64_t{0});
  CHECK_CLOSE(matrix.values(), (std::vector<double>{NAN, NAN, NAN, NAN, 0.6, 0.8}), 1e-7, 0);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const auto values = random.floats(1025 * 33);
  CHECK_SAME_BITS(Padded matrix(1025, 33, 2, values); normalize_rows(matrix.view(), nullptr);
                  return doubles(matrix.values()));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  Padded matrix(1, 1, 0, {1});
  CHECK_THROWS("ERR_ABORTED", "aborted", normalize_rows(matrix.view(), &abort));
}

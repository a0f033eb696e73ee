#include "kindred/linalg/scatter.h"

#include <cmath>
#include <limits>

#include "reference/linalg/scatter.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

void check_equals_reference(const Padded& x, double tolerance, ScatterSums kind) {
  const Scatter received = scatter(x.view(), kind, nullptr), expected = reference::scatter(x.view());
  double deviation = 0;
  for (int64_t i = 0; i < x.view().cols; ++i) deviation = std::max(deviation, expected.sums[i * (x.view().cols + 1)]);
  CHECK_CLOSE(received.mean, expected.mean, 1e-7, 1e-7);
  CHECK_CLOSE(received.sums, expected.sums, tolerance * deviation, 0);
}

}  // namespace

TEST(scatter_equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t rows : {1, 2, 15, 17, 255, 257, 2047, 2049, 4100})
    for (const int64_t cols : {1, 2, 5, 6, 7, 12, 23, 24, 25, 47, 48, 49, 95, 97}) {
      if (rows * cols > 100000 && cols % 2 == 1) continue;
      const Padded x(rows, cols, 3, random.floats(rows * cols, 4, 6));
      check_equals_reference(x, 1e-6, ScatterSums::float_blocks);
      check_equals_reference(x, 1e-12, ScatterSums::doubles);
    }
}

TEST(scatter_is_symmetric_and_holds_no_columns_as_well) {
  Random random(2);
  const auto x = random.floats(3000 * 31);
  const Scatter s = scatter({x.data(), 3000, 31}, ScatterSums::float_blocks, nullptr);
  for (int64_t i = 0; i < 31; ++i)
    for (int64_t j = 0; j < 31; ++j) CHECK(s.sums[i * 31 + j] == s.sums[j * 31 + i]);
  CHECK_EQUAL(scatter({x.data(), 5, 0}, ScatterSums::float_blocks, nullptr).sums.size(), size_t{0});
}

TEST(scatter_bears_a_mean_far_from_zero_and_rows_in_order) {
  // Half of the rows near 1000, half near 1001, one after the other: the first rows say little about the others.
  Random random(3);
  const int64_t rows = 6000, cols = 20;
  std::vector<float> values = random.floats(rows * cols, -0.5, 0.5);
  for (int64_t i = 0; i < rows * cols; ++i) values[i] += i < rows * cols / 2 ? 1000.0f : 1001.0f;
  const Padded x(rows, cols, 0, values);
  check_equals_reference(x, 3e-7, ScatterSums::float_blocks);
}

TEST(a_column_that_does_not_vary_has_no_scatter) {
  const std::vector<float> x(5000 * 3, 0.1f);
  for (const ScatterSums kind : {ScatterSums::float_blocks, ScatterSums::doubles})
    CHECK_CLOSE(scatter({x.data(), 5000, 3}, kind, nullptr).sums, std::vector<double>(9, 0.0), 1e-9, 0);
}

TEST(column_moments_equal_the_reference) {
  Random random(4);
  for (const int64_t rows : {1, 31, 1023, 1025, 3000}) {
    const Padded x(rows, 7, 2, random.floats(rows * 7, 100, 101));
    const ColumnMoments received = column_moments(x.view(), nullptr);
    const Scatter expected = reference::scatter(x.view());
    CHECK_CLOSE(received.mean, expected.mean, 0, 1e-13);
    for (int64_t c = 0; c < 7; ++c) CHECK(std::fabs(received.squares[c] - expected.sums[c * 8]) < 1e-9 * rows);
  }
}

TEST(scatter_gives_the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const auto x = random.floats(20000 * 29);
  CHECK_SAME_BITS(return scatter({x.data(), 20000, 29}, ScatterSums::float_blocks, nullptr).sums);
  CHECK_SAME_BITS(return scatter({x.data(), 20000, 29}, ScatterSums::doubles, nullptr).sums);
  CHECK_SAME_BITS(return column_moments({x.data(), 20000, 29}, nullptr).squares);
}

TEST(scatter_refuses_nonsense) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const ScatterSums kind : {ScatterSums::float_blocks, ScatterSums::doubles}) {
    std::vector<float> x(3000 * 4, 1.0f);
    CHECK_THROWS("ERR_VALUE", "at least one row", scatter({x.data(), 0, 4}, kind, nullptr));
    for (const float bad : {NAN, infinity}) {
      x[2500 * 4 + 2] = bad;
      CHECK_THROWS("ERR_VALUE", "column 2", scatter({x.data(), 3000, 4}, kind, nullptr));
    }
    const AbortFlag abort{true};
    CHECK_THROWS("ERR_ABORTED", "", scatter({x.data(), 3000, 4}, kind, &abort));
  }
  std::vector<float> far(100, 0.0f);
  far[3] = 3e38f;
  CHECK_THROWS("ERR_VALUE", "range", scatter({far.data(), 50, 2}, ScatterSums::float_blocks, nullptr));
}

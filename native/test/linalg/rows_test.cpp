#include "kindred/linalg/rows.h"

#include <cmath>
#include <numeric>

#include "reference/linalg/rows.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

TEST(map_rows_equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t rows : {0, 1, 5, 7, 95, 97, 200})
    for (const int64_t depth : {0, 1, 3, 255, 257, 600})
      for (const int64_t cols : {1, 15, 16, 17, 33}) {
        const Padded x(rows, depth, 2, random.floats(rows * depth)), w(depth, cols, 1, random.floats(depth * cols));
        const auto bias = random.floats(cols);
        Padded out(rows, cols, 3, std::vector<float>(rows * cols, NAN));
        map_rows(x.view(), w.view(), bias.data(), out.view(), nullptr);
        CHECK_CLOSE(out.values(), reference::map_rows(x.view(), w.view(), bias.data()), 5e-5, 1e-5);
        CHECK(out.gaps_untouched());
      }
}

TEST(map_rows_gives_a_row_the_same_bits_alone) {
  Random random(2);
  const int64_t rows = 300, depth = 500, cols = 20;
  const auto x = random.floats(rows * depth), w = random.floats(depth * cols), bias = random.floats(cols);
  std::vector<float> all(rows * cols), one(cols);
  map_rows({x.data(), rows, depth}, {w.data(), depth, cols}, bias.data(), {all.data(), rows, cols}, nullptr);
  for (const int64_t r : {0, 5, 6, 97, 299}) {
    map_rows({x.data() + r * depth, 1, depth}, {w.data(), depth, cols}, bias.data(), {one.data(), 1, cols}, nullptr);
    CHECK_CLOSE(one, std::vector<float>(all.begin() + r * cols, all.begin() + (r + 1) * cols), 0, 0);
  }
  CHECK_SAME_BITS(
      map_rows({x.data(), rows, depth}, {w.data(), depth, cols}, bias.data(), {all.data(), rows, cols}, nullptr);
      return doubles(all));
}

TEST(map_rows_refuses_sizes_that_do_not_fit_and_numbers_that_are_not_finite) {
  std::vector<float> x(12, 1.0f), out(8);
  const std::vector<float> w(12, 0.0f), bias(4);
  CHECK_THROWS("ERR_SHAPE", "does not give",
               map_rows({x.data(), 2, 4}, {w.data(), 3, 4}, bias.data(), {out.data(), 2, 4}, nullptr));
  for (const float bad : {NAN, INFINITY}) {
    x[4] = bad;
    CHECK_THROWS("ERR_VALUE", "row 1",
                 map_rows({x.data(), 2, 3}, {w.data(), 3, 4}, bias.data(), {out.data(), 2, 4}, nullptr));
  }
}

TEST(fuse_rows_equals_the_reference) {
  Random random(3);
  for (const int64_t rows : {0, 1, 255, 600})
    for (const int64_t dims : {1, 7, 33}) {
      const int64_t from_rows = 40, cols = dims + 5;
      auto values = random.floats(from_rows * dims);
      std::fill_n(values.begin() + 3 * dims, dims, 0.0f);  // row 3 is zeros
      const Padded from(from_rows, dims, 1, values);
      std::vector<int32_t> places(rows);
      for (auto& place : places) place = static_cast<int32_t>(random.integer(-1, from_rows - 1));
      const auto scales = random.floats(rows, 0, 2), absent = random.floats(dims);
      for (const bool normalize : {false, true})
        for (const bool add : {false, true})
          for (const float* fallback : {static_cast<const float*>(nullptr), absent.data()}) {
            const FusedRows fused{from.view(), places.data(), scales.data(), fallback, 4, normalize, add};
            std::vector<float> out = random.floats(rows * cols);
            std::vector<double> expected = doubles(out);
            const int64_t zeros = fuse_rows(fused, {out.data(), rows, cols}, nullptr);
            CHECK_EQUAL(zeros, reference::fuse_rows(fused, expected, cols));
            CHECK_CLOSE(out, expected, 1e-6, 1e-6);
          }
    }
}

TEST(fuse_rows_refuses_what_does_not_fit) {
  const std::vector<float> from(6), scales(2);
  std::vector<float> out(8);
  for (const int32_t place : {-2, 3}) {
    const std::vector<int32_t> places{0, place};
    CHECK_THROWS("ERR_SHAPE", "no row",
                 fuse_rows({{from.data(), 3, 2}, places.data(), scales.data(), nullptr, 0, false, false},
                           {out.data(), 2, 4}, nullptr));
  }
  const std::vector<int32_t> places{0, 1};
  CHECK_THROWS("ERR_SHAPE", "columns",
               fuse_rows({{from.data(), 3, 2}, places.data(), scales.data(), nullptr, 3, false, false},
                         {out.data(), 2, 4}, nullptr));
}

TEST(mean_of_rows_is_that) {
  const std::vector<float> x{3, 4, 0, 0, 0, 5};
  CHECK_CLOSE(mean_of_rows({x.data(), 3, 2}, false, nullptr), (std::vector<double>{1, 3}), 1e-7, 0);
  CHECK_CLOSE(mean_of_rows({x.data(), 3, 2}, true, nullptr), (std::vector<double>{0.2, 0.6}), 1e-7, 0);
  CHECK_CLOSE(mean_of_rows({x.data(), 0, 2}, true, nullptr), (std::vector<double>{0, 0}), 0, 0);
  Random random(4);
  const auto many = random.floats(5000 * 3);
  CHECK_SAME_BITS(return doubles(mean_of_rows({many.data(), 5000, 3}, true, nullptr)));
}

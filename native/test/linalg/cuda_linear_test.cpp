// The kernels of native/cuda for Gram matrices, products and inverses, compiled for the host.
#include <cmath>
#include <cstring>
#include <memory>

#include "cuda/linalg/gram.h"
#include "cuda/linalg/inverse.h"
#include "reference/linalg/normal_equations.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<double> cuda_gram(const std::vector<float>& x, int64_t rows, int64_t cols, int64_t splits,
                              std::vector<double>& sums) {
  std::vector<double> partial(splits * cols * cols, NAN), partial_sums(splits * cols, NAN);
  const cuda::GramJob job{x.data(),           rows, cols, splits, cuda::ceil_div(rows, splits), partial.data(),
                          partial_sums.data()};
  const int64_t side = cuda::ceil_div(cols, cuda::kGramTile);
  cuda::GramMemory memory;
  for (int64_t split = 0; split < splits; ++split) {
    for (int64_t tile = 0; tile < side * (side + 1) / 2; ++tile)
      cuda::gram_tile(cuda::Block(cuda::kGramThreads), job, tile, split, memory);
    for (int64_t col = 0; col < cols; ++col) cuda::column_sum(job, col, split);
  }
  for (int64_t n = 0; n < cols * cols; ++n) cuda::add_splits(job, n);
  for (int64_t n = 0; n < cols * cols; ++n) cuda::mirror(partial.data(), cols, n);
  sums.assign(cols, 0.0);
  for (int64_t n = 0; n < splits * cols; ++n) sums[n % cols] += partial_sums[n];
  partial.resize(cols * cols);
  return partial;
}

// A sweep of every pivot; what is above the diagonal holds NaN.
struct Swept {
  std::vector<float> a;
  int64_t first_bad = INT64_MAX;
};

Swept swept(const std::vector<double>& matrix, int64_t n) {
  Swept out{{matrix.begin(), matrix.end()}};
  std::vector<float> diagonal(n), taken(n * cuda::kPivots, NAN), multiplied(taken), inverse(64 * 64, NAN);
  for (int64_t i = 0; i < n; ++i) {
    diagonal[i] = out.a[i * n + i];
    for (int64_t j = i + 1; j < n; ++j) out.a[i * n + j] = NAN;
  }
  const cuda::SweepJob job{out.a.data(),  n, diagonal.data(), taken.data(), multiplied.data(), inverse.data(),
                           &out.first_bad};
  const auto memory = std::make_unique<cuda::PivotMemory>();
  const auto tiles = std::make_unique<cuda::TileMemory>();
  for (int64_t begin = 0; begin < n; begin += cuda::kPivots) {
    cuda::invert_pivots(cuda::Block(cuda::kSweepThreads), job, begin, *memory);
    if (out.first_bad != INT64_MAX) return out;
    for (int64_t e = 0; e < n * cuda::kPivots; ++e) cuda::take_column(job, begin, e);
    for (int64_t e = 0; e < n * cuda::kPivots; ++e) cuda::multiply_column(job, e);
    for (int64_t i = 0; i < cuda::ceil_div(n, cuda::kTileQueries); ++i)
      for (int64_t j = 0; j < cuda::ceil_div(n, cuda::kTileRows); ++j)
        cuda::update_tile(cuda::Block(cuda::kTileThreads), job, i, j, *tiles);
    for (int64_t e = 0; e < n * cuda::kPivots; ++e) cuda::put_column(job, begin, e);
  }
  return out;
}

std::vector<double> positive_definite(Random& random, int64_t n) {
  const auto x = random.floats((n + 3) * n);
  auto a = reference::gram({x.data(), n + 3, n});
  for (int64_t i = 0; i < n; ++i) a[i * n + i] += 5;
  return a;
}

std::vector<double> inverse_of(const std::vector<double>& a, int64_t n) {
  std::vector<double> identity(n * n, 0.0);
  for (int64_t i = 0; i < n; ++i) identity[i * n + i] = 1;
  return reference::solve(a, n, identity, n);
}

}  // namespace

TEST(tiles_of_the_triangle_follow_one_another) {
  int64_t n = 0;
  for (int64_t row = 0; row < 70; ++row)
    for (int64_t col = 0; col <= row; ++col, ++n) {
      CHECK_EQUAL(cuda::triangle_tile(n).row, row);
      CHECK_EQUAL(cuda::triangle_tile(n).col, col);
    }
}

TEST(gram_equals_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 31, 33, 1023, 1025})
    for (const int64_t cols : {1, 31, 33, 65}) {
      const auto x = random.floats(rows * cols);
      std::vector<double> expected(cols, 0.0);
      for (int64_t n = 0; n < rows * cols; ++n) expected[n % cols] += x[n];
      for (const int64_t splits : {1, 3}) {
        std::vector<double> sums;
        CHECK_CLOSE(cuda_gram(x, rows, cols, splits, sums), reference::gram({x.data(), rows, cols}), 1e-9, 1e-9);
        CHECK_CLOSE(sums, expected, 1e-9, 1e-9);
      }
    }
}

TEST(products_equal_the_reference) {
  Random random(2);
  for (const int64_t rows : {1, 31, 65, 129})
    for (const int64_t cols : {1, 33, 130})
      for (const int64_t width : {4, 36, 132}) {
        const auto a = random.floats(rows * width), b = random.floats(cols * width);
        std::vector<double> expected(rows * cols, 0.0);
        for (int64_t n = 0; n < rows * cols; ++n)
          for (int64_t t = 0; t < width; ++t)
            expected[n] += static_cast<double>(a[n / cols * width + t]) * b[n % cols * width + t];
        std::vector<float> out(rows * cols, NAN);
        const auto memory = std::make_unique<cuda::TileMemory>();
        const cuda::WordRows A{reinterpret_cast<const uint32_t*>(a.data()), rows, width};
        const cuda::WordRows B{reinterpret_cast<const uint32_t*>(b.data()), cols, width};
        for (int64_t r = 0; r < rows; r += cuda::kTileQueries)
          for (int64_t c = 0; c < cols; c += cuda::kTileRows)
            cuda::product_tile(cuda::Block(cuda::kTileThreads), A, r, B, c, *memory,
                               [&](int64_t row, int64_t col, float product) { out[row * cols + col] = product; });
        CHECK_CLOSE(out, expected, 1e-5, 1e-5);
      }
}

TEST(rows_are_centred_and_padded) {
  const float row[] = {1, 2, 3};
  const double mean[] = {0.5, 2, 4};
  std::vector<float> out(4, NAN);
  cuda::widen_centred(cuda::Warp(0), row, 3, mean, out.data(), 4);
  CHECK_CLOSE(out, (std::vector<double>{0.5, 0, -1, 0}), 0, 0);
  cuda::widen_centred(cuda::Warp(0), row, 3, nullptr, out.data(), 4);
  CHECK_CLOSE(out, (std::vector<double>{1, 2, 3, 0}), 0, 0);
}

TEST(inverses_equal_the_reference) {
  Random random(3);
  for (const bool backwards : {false, true})
    for (const int64_t n : {1, 2, 31, 33, 63, 64, 65, 128, 130, 200}) {
      const auto a = positive_definite(random, n);
      cuda::backwards() = backwards;
      Swept s = swept(a, n);
      cuda::backwards() = false;
      CHECK_EQUAL(s.first_bad, INT64_MAX);
      const auto P = inverse_of(a, n);
      std::vector<float> scale(n), weights = s.a;
      for (int64_t j = 0; j < n; ++j) scale[j] = -1 / s.a[j * n + j];
      for (int64_t e = 0; e < n * n; ++e) cuda::weights_of_swept(weights.data(), n, scale.data(), e);
      for (int64_t e = 0; e < n * n; ++e) cuda::inverse_of_swept(s.a.data(), n, e);
      CHECK_CLOSE(s.a, P, 1e-5, 1e-4);
      std::vector<double> expected(n * n, 0.0);
      for (int64_t e = 0; e < n * n; ++e)
        if (e / n != e % n) expected[e] = -P[e] / P[e % n * n + e % n];
      CHECK_CLOSE(weights, expected, 1e-4, 1e-3);
    }
}

TEST(a_pivot_of_which_too_little_remains_is_named) {
  Random random(4);
  const int64_t n = 100;
  auto a = positive_definite(random, n);
  // Row 70 becomes a copy of row 3.
  for (int64_t i = 0; i < n; ++i) a[70 * n + i] = a[3 * n + i];
  for (int64_t i = 0; i < n; ++i) a[i * n + 70] = a[i * n + 3];
  CHECK_EQUAL(swept(a, n).first_bad, int64_t{70});
  a[5 * n + 5] = -1;
  CHECK_EQUAL(swept(a, n).first_bad, int64_t{5});
}

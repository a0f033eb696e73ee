#include "kindred/linalg/strassen.h"

#include <cmath>
#include <mutex>

#include "reference/linalg/gemm.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr auto kLeft = StrassenFactor::Side::left, kRight = StrassenFactor::Side::right;

// c += alpha a b'
void multiply(float alpha, ConstMatrix a, ConstMatrix b, Matrix c, GemmRegion region = GemmRegion::full,
              GemmSkip skip = {}, const AbortFlag* abort = nullptr) {
  StrassenFactor left(kLeft), right(kRight);
  left.pack(1, a, skip, abort);
  right.pack(alpha, b, skip, abort);
  strassen(left, right, c, region, abort);
}

}  // namespace

TEST(strassen_is_exact_on_integers_of_all_sizes) {
  Random random(1);
  for (const int64_t m : {0, 1, 11, 12, 25, 383, 385, 500})
    for (const int64_t n : {0, 1, 31, 65, 257, 600})
      for (const int64_t depth : {0, 1, 2, 33, 64}) {
        const Padded a(m, depth, 3, random.integers(m * depth, -9, 9)),
            b(n, depth, 1, random.integers(n * depth, -9, 9));
        Padded c(m, n, 5, random.integers(m * n, -9, 9));
        const auto before = c.values();
        auto expected = reference::gemm(-2, ConstMatrix(a.view()), Strided(ConstMatrix(b.view())).transposed());
        for (size_t i = 0; i < expected.size(); ++i) expected[i] += before[i];
        multiply(-2, a.view(), b.view(), c.view());
        CHECK(doubles(c.values()) == expected);
        CHECK(c.gaps_untouched());
      }
}

TEST(strassen_is_close_to_the_product_in_double) {
  Random random(2);
  const int64_t m = 400, n = 300, depth = 1024;
  const Padded a(m, depth, 0, random.floats(m * depth)), b(n, depth, 0, random.floats(n * depth));
  Padded c(m, n, 0, std::vector<float>(m * n));
  multiply(1, a.view(), b.view(), c.view());
  CHECK_CLOSE(c.values(), reference::gemm(1, ConstMatrix(a.view()), Strided(ConstMatrix(b.view())).transposed()), 1e-4,
              0);
}

TEST(a_factor_serves_several_products) {
  Random random(3);
  const Padded a(40, 8, 0, random.integers(320, -9, 9)), b(50, 8, 0, random.integers(400, -9, 9));
  StrassenFactor left(kLeft), right(kRight);
  left.pack(1, a.view(), {}, nullptr);
  for (const ConstMatrix m : {a.view(), b.view()}) {
    std::vector<float> c(40 * m.rows, 0.0f);
    right.pack(1, m, {}, nullptr);
    strassen(left, right, {c.data(), 40, m.rows}, GemmRegion::full, nullptr);
    CHECK(doubles(c) == reference::gemm(1, a.view(), Strided(m).transposed()));
  }
}

TEST(strassen_of_the_lower_triangle_leaves_out_what_is_skipped) {
  Random random(4);
  const int64_t n = 900, depth = 7;
  for (const GemmSkip skip :
       {GemmSkip{0, 0}, GemmSkip{0, 17}, GemmSkip{401, 500}, GemmSkip{800, 900}, GemmSkip{0, 900}}) {
    std::vector<float> a = random.integers(n * depth, -9, 9), b = random.integers(n * depth, -9, 9), c(n * n, 1.0f);
    const auto skipped = [&](int64_t i) { return i >= skip.begin && i < skip.end; };
    const auto product =
        reference::gemm(1, ConstMatrix(a.data(), n, depth), Strided(ConstMatrix(b.data(), n, depth)).transposed());
    for (int64_t i = skip.begin; i < skip.end; ++i)
      for (int64_t k = 0; k < depth; ++k) a[i * depth + k] = b[i * depth + k] = NAN;
    multiply(1, {a.data(), n, depth}, {b.data(), n, depth}, {c.data(), n, n}, GemmRegion::lower, skip);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j)
        CHECK_EQUAL(c[i * n + j], skipped(i) || skipped(j) ? 1.0 : 1 + product[i * n + j]);
  }
}

TEST(rows_are_read_once_and_multiplied_as_they_come) {
  Random random(5);
  const int64_t n = 1000, depth = 5, width = 300;
  const std::vector<float> a = random.integers(n * depth, -9, 9), b = random.integers(width * depth, -9, 9);
  const auto expected =
      reference::gemm(1, ConstMatrix(a.data(), n, depth), Strided(ConstMatrix(b.data(), width, depth)).transposed());
  StrassenFactor left(kLeft), right(kRight);
  right.pack(1, {b.data(), width, depth}, {}, nullptr);
  std::vector<int> times(n);
  std::mutex mutex;
  const auto read = [&](int64_t begin, int64_t end, Matrix room) {
    CHECK(room.rows == end - begin && room.cols == depth);
    for (int64_t i = begin; i < end; ++i) std::copy_n(a.data() + i * depth, depth, room.row(i - begin));
    const std::lock_guard<std::mutex> lock(mutex);
    for (int64_t i = begin; i < end; ++i) ++times[i];
    return room;
  };
  std::vector<float> at_once(n * width, 0.0f), later(n * width, 0.0f);
  const StrassenThen then{right, {at_once.data(), n, width}};
  left.pack(1, n, depth, read, {300, 310}, nullptr, &then);
  strassen(left, right, {later.data(), n, width}, GemmRegion::full, nullptr);
  for (int64_t i = 0; i < n; ++i) {
    const bool skipped = i >= 300 && i < 310;
    CHECK_EQUAL(times[i], skipped ? 0 : 1);
    for (int64_t j = 0; j < width; ++j) CHECK_EQUAL(at_once[i * width + j], skipped ? 0.0 : expected[i * width + j]);
  }
  CHECK(at_once == later);
}

TEST(strassen_refuses_sizes_that_do_not_fit) {
  std::vector<float> x(12);
  const ConstMatrix a(x.data(), 3, 4), b(x.data(), 4, 3);
  CHECK_THROWS("ERR_SHAPE", "[3, 4] times the transpose of [4, 3] does not give [3, 4]",
               multiply(1, a, b, {x.data(), 3, 4}));
  CHECK_THROWS("ERR_SHAPE", "does not give [3, 4]", multiply(1, a, a, {x.data(), 3, 4}));
  StrassenFactor left(kLeft);
  for (const GemmSkip skip : {GemmSkip{-1, 1}, GemmSkip{2, 1}, GemmSkip{0, 4}})
    CHECK_THROWS("ERR_SHAPE", "skip", left.pack(1, a, skip, nullptr));
  StrassenFactor right(kRight);
  right.pack(1, b, {}, nullptr);
  const StrassenThen then{right, {x.data(), 3, 4}};
  const auto read = [&](int64_t, int64_t, Matrix) { return a; };
  CHECK_THROWS("ERR_SHAPE", "does not give [3, 4]", left.pack(1, 3, 4, read, {}, nullptr, &then));
}

TEST(strassen_gives_the_same_bits_for_any_number_of_threads_and_can_be_aborted) {
  Random random(6);
  const int64_t n = 900, depth = 100;
  const std::vector<float> a = random.floats(n * depth);
  const ConstMatrix m(a.data(), n, depth);
  CHECK_SAME_BITS(std::vector<float> c(n * n); multiply(1, m, m, {c.data(), n, n}); return doubles(c));
  std::vector<float> c(n * n);
  const AbortFlag raised{true};
  CHECK_THROWS("ERR_ABORTED", "", multiply(1, m, m, {c.data(), n, n}, GemmRegion::full, {}, &raised));
}

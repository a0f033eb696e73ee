#include "kindred/sparse/csr.h"

#include <algorithm>
#include <utility>

#include "reference/sparse/csr.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

void check_equal(const Csr& received, const Csr& expected) {
  CHECK_EQUAL(received.rows, expected.rows);
  CHECK_EQUAL(received.cols, expected.cols);
  CHECK(received.indptr == expected.indptr);
  CHECK(received.indices == expected.indices);
  CHECK(received.values == expected.values);
}

// The pairs of a matrix, shuffled.
struct Pairs {
  std::vector<int32_t> row_of, col_of;
  std::vector<float> values;

  Pairs(Random& random, const Csr& csr) {
    std::vector<std::pair<int32_t, int32_t>> places;  // row, place in indices
    for (int64_t r = 0; r < csr.rows; ++r)
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) places.emplace_back(static_cast<int32_t>(r), n);
    for (size_t n = places.size(); n > 1; --n)
      std::swap(places[n - 1], places[random.integer(0, static_cast<int64_t>(n) - 1)]);
    for (const auto& [row, place] : places) {
      row_of.push_back(row);
      col_of.push_back(csr.indices[place]);
      values.push_back(csr.values[place]);
    }
  }

  Csr build(int64_t rows, int64_t cols, bool with_values) const {
    return csr_from_pairs(row_of.data(), col_of.data(), with_values ? values.data() : nullptr,
                          static_cast<int64_t>(row_of.size()), rows, cols, nullptr);
  }
};

}  // namespace

TEST(building_and_transposing_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 33, 129})
    for (const int64_t cols : {0, 1, 3, 65, 127})
      for (const double density : {0.0, 0.05, 1.0}) {
        const Csr expected = random_csr(random, rows, cols, density);
        const Pairs pairs(random, expected);
        const Csr built = pairs.build(rows, cols, true);
        check_equal(built, expected);
        check_equal(built, reference::csr_from_pairs(pairs.row_of.data(), pairs.col_of.data(), pairs.values.data(),
                                                     static_cast<int64_t>(pairs.row_of.size()), rows, cols));
        check_csr(built.view(), "built");
        const Csr transposed = transpose(built.view(), nullptr);
        check_equal(transposed, reference::transpose(built.view()));
        check_csr(transposed.view(), "transposed");
        check_equal(transpose(transposed.view(), nullptr), built);
        const Csr pattern = pairs.build(rows, cols, false);
        CHECK(pattern.values.empty());
        CHECK(pattern.indices == expected.indices);
        check_equal(transpose(pattern.view(), nullptr), reference::transpose(pattern.view()));
      }
}

TEST(a_pair_that_comes_twice_is_named) {
  const int32_t rows[] = {4, 0, 4}, cols[] = {7, 1, 7};
  CHECK_THROWS("ERR_VALUE", "(4, 7)", csr_from_pairs(rows, cols, nullptr, 3, 5, 8, nullptr));
}

TEST(ids_out_of_range_are_named) {
  for (const auto& [row, col] : {std::pair{-1, 0}, {5, 0}, {0, -1}, {0, 8}}) {
    const int32_t rows[] = {0, row}, cols[] = {1, col};
    const std::string pair = "(" + std::to_string(row) + ", " + std::to_string(col) + ")";
    CHECK_THROWS("ERR_SHAPE", pair.c_str(), csr_from_pairs(rows, cols, nullptr, 2, 5, 8, nullptr));
  }
}

TEST(check_csr_refuses_what_is_no_csr) {
  const auto check = [](std::vector<int32_t> indptr, std::vector<int32_t> indices, int64_t cols) {
    check_csr({indptr.data(), indices.data(), nullptr, static_cast<int64_t>(indptr.size()) - 1, cols}, "seen");
  };
  check({0}, {}, 0);
  check({0, 0, 3}, {0, 1, 4}, 5);
  CHECK_THROWS("ERR_SHAPE", "seen", check({1, 2}, {0, 1}, 5));
  CHECK_THROWS("ERR_SHAPE", "descend at row 1", check({0, 2, 1}, {0, 1}, 5));
  CHECK_THROWS("ERR_SHAPE", "row 0", check({0, 2}, {1, 0}, 5));
  CHECK_THROWS("ERR_SHAPE", "row 1", check({0, 1, 3}, {0, 2, 2}, 5));
  CHECK_THROWS("ERR_SHAPE", "row 0", check({0, 1}, {5}, 5));
  CHECK_THROWS("ERR_SHAPE", "row 0", check({0, 1}, {-1}, 5));
}

TEST(check_csr_factor_looks_at_the_rows_that_a_product_takes) {
  const int32_t first_row[] = {0, 1}, wanted[] = {2}, other[] = {0};
  const CsrView takes_2{first_row, wanted, nullptr, 1, 4}, takes_0{first_row, other, nullptr, 1, 4};
  const auto check = [](const CsrView& a, std::vector<int32_t> indptr, std::vector<int32_t> indices) {
    check_csr_factor(a, {indptr.data(), indices.data(), nullptr, 4, 5}, "votes");
  };
  check(takes_2, {0, 1, 1, 3, 3}, {0, 1, 4});
  check(takes_0, {0, 1, 1, 3, 3}, {0, 4, 1});
  CHECK_THROWS("ERR_SHAPE", "votes: column ids of row 2", check(takes_2, {0, 1, 1, 3, 3}, {0, 4, 1}));
  CHECK_THROWS("ERR_SHAPE", "row 2", check(takes_2, {0, 1, 1, 3, 3}, {0, 1, 5}));
  CHECK_THROWS("ERR_SHAPE", "descend at row 2", check(takes_2, {0, 1, 2, 1, 3}, {0, 1, 2}));
  CHECK_THROWS("ERR_SHAPE", "exceeds", check(takes_2, {0, 1, 1, 9, 3}, {0, 1, 2}));
  CHECK_THROWS("ERR_SHAPE", "exceeds", check(takes_2, {0, 1, -7, 1, 3}, {0, 1, 2}));
}

TEST(too_many_pairs_are_refused_before_they_are_read) {
  CHECK_THROWS("ERR_TOO_LARGE", "2147483648",
               csr_from_pairs(nullptr, nullptr, nullptr, int64_t{1} << 31, 1, 1, nullptr));
}

TEST(products_with_dense_matrices_equal_the_reference) {
  Random random(3);
  for (const int64_t cols : kSizes)
    for (const bool values : {false, true}) {
      Csr csr = random_csr(random, 33, 65, 0.1, -2, 2);
      if (!values) csr.values.clear();
      const Padded dense(65, cols, 3, random.floats(65 * cols));
      std::vector<float> out(33 * cols, 7.0f);
      multiply(csr.view(), dense.view(), out.data(), nullptr);
      CHECK_CLOSE(out, reference::multiply(csr.view(), dense.view()), 1e-7, 1e-7);
      multiply_in_float(csr.view(), dense.view(), out.data(), nullptr);
      CHECK_CLOSE(out, reference::multiply(csr.view(), dense.view()), 1e-5, 1e-6);
    }
  const Csr csr = random_csr(random, 3, 4, 1.1);
  const Padded dense(3, 2, 0, random.floats(6));
  CHECK_THROWS("ERR_SHAPE", "rows", multiply(csr.view(), dense.view(), nullptr, nullptr));
  CHECK_THROWS("ERR_SHAPE", "rows", multiply_in_float(csr.view(), dense.view(), nullptr, nullptr));
}

TEST(products_have_the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Csr csr = random_csr(random, 129, 65, 0.2);
  const Padded dense(65, 33, 0, random.floats(65 * 33));
  CHECK_SAME_BITS(std::vector<float> out(129 * 33); multiply(csr.view(), dense.view(), out.data(), nullptr);
                  return doubles(out));
}

TEST(products_of_sparse_matrices_equal_the_reference) {
  Random random(5);
  for (const int64_t cols : kSizes)
    for (const int values : {0, 1, 2, 3}) {
      Csr a = random_csr(random, 33, 65, 0.1, -2, 2), b = random_csr(random, 65, cols, 0.1, -2, 2);
      if (values & 1) a.values.clear();
      if (values & 2) b.values.clear();
      std::vector<float> dense(65 * cols, 0.0f), out(33 * cols, 7.0f);
      for (int64_t r = 0; r < 65; ++r)
        for (int32_t n = b.indptr[r]; n < b.indptr[r + 1]; ++n)
          dense[r * cols + b.indices[n]] = b.values.empty() ? 1.0f : b.values[n];
      multiply(a.view(), b.view(), out.data(), nullptr);
      CHECK_CLOSE(out, reference::multiply(a.view(), {dense.data(), 65, cols}), 1e-5, 1e-6);
      if (cols == 0) continue;
      CHECK_SAME_BITS(std::vector<float> again(33 * cols); multiply(a.view(), b.view(), again.data(), nullptr);
                      return doubles(again));
    }
  const Csr a = random_csr(random, 3, 4, 1.1);
  CHECK_THROWS("ERR_SHAPE", "rows", multiply(a.view(), a.view(), nullptr, nullptr));
}

TEST(stops_when_aborted) {
  const AbortFlag abort{true};
  const int32_t zero = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted", csr_from_pairs(&zero, &zero, nullptr, 1, 1, 1, &abort));
  Random random(2);
  const Csr csr = random_csr(random, 3, 3, 1);
  CHECK_THROWS("ERR_ABORTED", "aborted", check_csr(csr.view(), "csr", &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", check_csr_factor(csr.view(), csr.view(), "csr", &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", transpose(csr.view(), &abort));
  float out[9];
  CHECK_THROWS("ERR_ABORTED", "aborted", multiply(csr.view(), {out, 3, 3}, out, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", multiply(csr.view(), csr.view(), out, &abort));
}

#include "kindred/sparse/order.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "reference/sparse/order.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<int32_t> shuffled(Random& random, int64_t n) {
  std::vector<int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.integer(0, i - 1)]);
  return order;
}

void check_equal(const Csr& received, const Csr& expected) {
  check_csr(received.view(), "reordered");
  CHECK_EQUAL(received.rows, expected.rows);
  CHECK_EQUAL(received.cols, expected.cols);
  CHECK(received.indptr == expected.indptr);
  CHECK(received.indices == expected.indices);
  CHECK(received.values == expected.values);
}

}  // namespace

TEST(keys_are_ordered_and_equal_ones_stay_as_they_came) {
  const std::vector<double> keys{3, -1, 3, 0.5, -1};
  CHECK(order_of_keys(keys.data(), 5, nullptr) == (std::vector<int32_t>{1, 4, 3, 0, 2}));
  CHECK(order_of_keys(nullptr, 0, nullptr).empty());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS("ERR_VALUE", "NaN", order_of_keys(&nan, 1, nullptr));
}

TEST(reordered_sparse_rows_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 65, 129})
    for (const int64_t cols : {0, 1, 3, 127})
      for (const double density : {0.0, 0.1, 1.1}) {
        Csr csr = random_csr(random, rows, cols, density);
        const std::vector<int32_t> order = shuffled(random, rows), places = shuffled(random, cols);
        std::vector<int32_t> same_rows(rows), same_cols(cols);
        std::iota(same_rows.begin(), same_rows.end(), 0);
        std::iota(same_cols.begin(), same_cols.end(), 0);
        const Csr both = reference::reorder(csr.view(), order, places);
        check_equal(reorder(csr.view(), order.data(), places.data(), nullptr), both);
        check_equal(reorder(csr.view(), order.data(), nullptr, nullptr),
                    reference::reorder(csr.view(), order, same_cols));
        check_equal(reorder(csr.view(), nullptr, places.data(), nullptr),
                    reference::reorder(csr.view(), same_rows, places));
        csr.values.clear();
        const Csr pattern = reorder(csr.view(), order.data(), places.data(), nullptr);
        CHECK(pattern.indices == both.indices);
        CHECK(pattern.values.empty());
      }
}

TEST(a_reordered_square_equals_the_reference) {
  Random random(2);
  for (const int64_t n : kSizes)
    for (const int64_t gap : {0, 3}) {
      Padded a(n, n, gap, random.floats(n * n));
      const std::vector<int32_t> order = shuffled(random, n);
      const std::vector<double> expected = reference::reorder_square(std::as_const(a).view(), order);
      reorder_square(a.view(), order.data(), nullptr);
      CHECK(doubles(a.values()) == expected);
      CHECK(a.gaps_untouched());
    }
}

TEST(what_is_no_permutation_is_refused) {
  Random random(3);
  const Csr csr = random_csr(random, 2, 3, 1);
  std::vector<float> square(4);
  for (const std::vector<int32_t>& wrong : {std::vector<int32_t>{0, 0}, {1, 2}, {-1, 0}}) {
    CHECK_THROWS("ERR_VALUE", "row order", reorder(csr.view(), wrong.data(), nullptr, nullptr));
    CHECK_THROWS("ERR_VALUE", "order", reorder_square({square.data(), 2, 2}, wrong.data(), nullptr));
  }
  const std::vector<int32_t> places{0, 1, 1}, order{0, 1};
  CHECK_THROWS("ERR_VALUE", "column places", reorder(csr.view(), nullptr, places.data(), nullptr));
  CHECK_THROWS("ERR_SHAPE", "square", reorder_square({square.data(), 2, 1}, order.data(), nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", order_of_keys(std::vector<double>(4).data(), 4, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", reorder(csr.view(), nullptr, nullptr, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", reorder_square({square.data(), 2, 2}, order.data(), &abort));
}

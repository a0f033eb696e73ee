#include "kindred/item_item/slim.h"

#include <algorithm>

#include "reference/item_item/slim.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

SlimWeights fit(const Csr& log, const SlimOptions& options, int64_t begin, int64_t end) {
  std::vector<float> packed(slim_gram_size(log.cols));
  slim_gram(log.view(), transpose(log.view(), nullptr).view(), packed.data(), nullptr);
  return slim_weights(packed.data(), log.cols, begin, end, options, nullptr);
}

// [items, items], column j from list j.
std::vector<double> dense(const Csr& lists) {
  std::vector<double> out(lists.cols * lists.rows, 0.0);
  for (int64_t j = 0; j < lists.rows; ++j)
    for (int32_t n = lists.indptr[j]; n < lists.indptr[j + 1]; ++n)
      out[lists.indices[n] * lists.rows + j] = lists.values[n];
  return out;
}

}  // namespace

TEST(slim_weights_equal_the_reference) {
  Random random(1);
  for (const int64_t users : {0, 1, 60})
    for (const int64_t items : {0, 1, 2, 11, 12, 13, 31, 33, 70})
      for (const double l1 : {0.0, 2.0}) {
        Csr log = random_csr(random, users, items, 0.2);
        if (items % 2 == 0) log.values.clear();
        const auto expected = reference::slim_weights(log.view(), l1, 5, 400);
        const SlimWeights received = fit(log, {l1, 5, items + 1, 400, 1e-6}, 0, items);
        check_csr(received.lists.view(), "weights");
        CHECK_CLOSE(dense(received.lists), expected, 2e-5, 1e-4);
        CHECK_EQUAL(received.not_converged, int64_t{0});
      }
}

TEST(the_largest_weights_are_kept) {
  Random random(2);
  const Csr log = random_csr(random, 80, 40, 0.3);
  const Csr all = fit(log, {0, 3, 40, 50, 1e-4}, 0, 40).lists, some = fit(log, {0, 3, 4, 50, 1e-4}, 0, 40).lists;
  for (int64_t j = 0; j < 40; ++j) {
    std::vector<float> values(all.values.begin() + all.indptr[j], all.values.begin() + all.indptr[j + 1]);
    std::vector<float> kept(some.values.begin() + some.indptr[j], some.values.begin() + some.indptr[j + 1]);
    std::sort(values.rbegin(), values.rend());
    std::sort(kept.rbegin(), kept.rend());
    values.resize(std::min<size_t>(values.size(), 4));
    CHECK(kept == values);
  }
}

TEST(ranges_of_items_give_the_same_bits) {
  Random random(3);
  const Csr log = random_csr(random, 80, 75, 0.2);
  const SlimOptions options{0.5, 3, 100, 30, 1e-4};
  const Csr whole = fit(log, options, 0, 75).lists, tail = fit(log, options, 32, 75).lists;
  CHECK(
      std::equal(tail.values.begin(), tail.values.end(), whole.values.begin() + whole.indptr[32], whole.values.end()));
  CHECK(std::equal(tail.indices.begin(), tail.indices.end(), whole.indices.begin() + whole.indptr[32],
                   whole.indices.end()));
}

TEST(sweeps_that_end_too_soon_are_counted) {
  Random random(4);
  const Csr log = random_csr(random, 80, 40, 0.5);
  CHECK(fit(log, {0, 0.1, 40, 1, 1e-6}, 0, 40).not_converged > 0);
}

TEST(slim_refuses_options_out_of_range) {
  CHECK_THROWS("ERR_VALUE", "penalties", slim_weights(nullptr, 0, 0, 0, {-1, 1, 5, 3, 0}, nullptr));
  CHECK_THROWS("ERR_VALUE", "neighbors", slim_weights(nullptr, 0, 0, 0, {1, 1, 0, 3, 0}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "range", slim_weights(nullptr, 4, 2, 5, {1, 1, 1, 3, 0}, nullptr));
}

TEST(slim_gives_the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const Csr log = random_csr(random, 100, 130, 0.15);
  CHECK_SAME_BITS(return doubles(fit(log, {0.1, 2, 20, 30, 1e-4}, 0, 130).lists.values));
}

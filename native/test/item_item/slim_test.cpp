#include "kindred/item_item/slim.h"

#include <algorithm>
#include <cmath>

#include "reference/item_item/ease.h"
#include "reference/item_item/slim.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Gram {
  explicit Gram(const Csr& log) : items(log.cols), diagonal(log.cols) {
    const Csr by_item = transpose(log.view(), nullptr);
    begins = slim_gram_begins(log.view(), by_item.view(), nullptr);
    indices.resize(static_cast<size_t>(begins[items]));
    values.resize(indices.size());
    slim_gram(log.view(), by_item.view(), begins.data(), indices.data(), values.data(), diagonal.data(), nullptr);
  }
  SlimGram view() const { return {begins.data(), indices.data(), values.data(), diagonal.data(), items}; }

  int64_t items;
  std::vector<double> begins;
  std::vector<int32_t> indices;
  std::vector<float> values, diagonal;
};

SlimWeights fit(const Csr& log, const SlimOptions& options, int64_t begin, int64_t end) {
  return slim_weights(Gram(log).view(), begin, end, options, nullptr);
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

void check_weights(const Csr& log, double l1, double l2) {
  const auto expected = reference::slim_weights(log.view(), l1, l2, 400);
  const SlimWeights received = fit(log, {l1, l2, log.cols + 1, 2000, 1e-6}, 0, log.cols);
  check_csr(received.lists.view(), "weights");
  CHECK_CLOSE(dense(received.lists), expected, 2e-5, 1e-4);
  CHECK_EQUAL(received.not_converged, int64_t{0});
}

TEST(the_gram_matrix_is_the_reference_where_items_share_users) {
  Random random(7);
  for (const int64_t users : {0, 1, 33})
    for (const int64_t items : {0, 1, 2, 33, 129})
      for (const double density : {0.0, 0.05, 1.1}) {
        Csr log = random_csr(random, users, items, density, -1, 5);
        if (items % 2 == 0) log.values.clear();
        const Gram gram(log);
        const std::vector<double> expected = reference::regularized_gram(log.view(), 0);
        std::vector<double> received(items * items, 0.0);
        for (int64_t i = 0; i < items; ++i) {
          received[i * items + i] = gram.diagonal[i];
          for (auto n = static_cast<int64_t>(gram.begins[i]); n < static_cast<int64_t>(gram.begins[i + 1]); ++n) {
            CHECK(gram.indices[n] != i);
            received[i * items + gram.indices[n]] = gram.values[n];
          }
        }
        CHECK_CLOSE(received, expected, 1e-6, 1e-6);
      }
}

TEST(slim_weights_equal_the_reference) {
  Random random(1);
  for (const int64_t users : {0, 1, 60})
    for (const int64_t items : {0, 1, 2, 11, 12, 13, 31, 33, 70})
      for (const double l1 : {0.0, 2.0}) {
        Csr log = random_csr(random, users, items, 0.2);
        if (items % 2 == 0) log.values.clear();
        check_weights(log, l1, 5);
      }
}

TEST(items_that_the_first_active_set_leaves_out_get_their_weights) {
  Random random(8);
  check_weights(random_csr(random, 300, 260, 0.3), 0.5, 30);
  check_weights(signed_csr(random, 120, 150, 0.3), 1, 20);  // gradients that rise while weights are taken in
}

TEST(items_that_few_others_share_a_user_with_get_their_weights) {
  Random random(10);
  for (const double density : {0.01, 0.03})  // some items with many gradients beside those with few
    for (const double l1 : {0.0, 0.5}) check_weights(random_csr(random, 60, 140, density), l1, 5);
}

TEST(more_items_with_a_weight_than_a_dense_block_holds) {
  constexpr int32_t kItems = 2100;
  constexpr double kL1 = 0.25, kL2 = 2;
  Random random(9);
  Csr log;  // user u has the items u and u + 1, and the last one
  log.rows = kItems - 1;
  log.cols = kItems + 1;
  log.indptr.push_back(0);
  for (int32_t u = 0; u < log.rows; ++u) {
    log.indices.insert(log.indices.end(), {u, u + 1, kItems});
    log.values.insert(log.values.end(), {static_cast<float>(random.uniform(1, 2)), 1, 3});
    log.indptr.push_back(3 * (u + 1));
  }
  const SlimWeights received = fit(log, {kL1, kL2, 3000, 200, 1e-7}, kItems, kItems + 1);
  CHECK_EQUAL(received.not_converged, int64_t{0});
  CHECK(received.lists.view().nonzeros() > 2060);
  std::vector<double> weights(kItems + 1, 0.0), gradients(kItems, -kL1);
  for (int32_t n = 0; n < received.lists.view().nonzeros(); ++n)
    weights[received.lists.indices[n]] = received.lists.values[n];
  for (int32_t u = 0; u < log.rows; ++u) {
    const double x = log.values[3 * u], residual = 3 - x * weights[u] - weights[u + 1];
    gradients[u] += x * residual;
    gradients[u + 1] += residual;
  }
  double worst = 0;
  for (int32_t i = 0; i < kItems; ++i)
    worst = std::max(worst, weights[i] > 0 ? std::fabs(gradients[i] - kL2 * weights[i]) : gradients[i]);
  CHECK(worst < 1e-5);
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

TEST(slim_refuses_options_out_of_range_and_stops_when_aborted) {
  Random random(6);
  const Csr log = random_csr(random, 5, 4, 0.5), by_item = transpose(log.view(), nullptr);
  const Gram gram(log);
  CHECK_THROWS("ERR_VALUE", "penalties", slim_weights(gram.view(), 0, 0, {-1, 1, 5, 3, 0}, nullptr));
  CHECK_THROWS("ERR_VALUE", "neighbors", slim_weights(gram.view(), 0, 0, {1, 1, 0, 3, 0}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "range", slim_weights(gram.view(), 2, 5, {1, 1, 1, 3, 0}, nullptr));
  CHECK_THROWS("ERR_SHAPE", "by user and by item", slim_gram_begins(log.view(), log.view(), nullptr));
  const std::vector<double> none(5, 0.0);
  CHECK_THROWS(
      "ERR_SHAPE", "begins",
      slim_gram(log.view(), by_item.view(), none.data(), nullptr, nullptr, std::vector<float>(4).data(), nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", slim_gram_begins(log.view(), by_item.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", slim_weights(gram.view(), 0, 4, {1, 1, 1, 3, 0}, &abort));
}

TEST(slim_gives_the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const Csr log = random_csr(random, 100, 130, 0.15);
  CHECK_SAME_BITS(return doubles(fit(log, {0.1, 2, 20, 30, 1e-4}, 0, 130).lists.values));
}

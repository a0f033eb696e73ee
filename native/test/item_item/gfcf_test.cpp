#include "kindred/item_item/gfcf.h"

#include "kindred/item_item/ease.h"
#include "kindred/linalg/svd.h"
#include "reference/item_item/gfcf.h"
#include "reference/sparse/csr.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<float> filter_of(const Csr& log, int64_t factors, double alpha) {
  const int64_t items = log.cols;
  const NormalizedLog normalized = normalize_log(log.view(), nullptr);
  const Csr by_user = normalized.by_user, by_item = transpose(by_user.view(), nullptr);
  Random random(8);
  std::vector<float> basis = random.floats(items * items), gram(items * items);
  for (int step = 0; step < 30; ++step)
    subspace_step(by_user.view(), by_item.view(), {basis.data(), items, items}, nullptr);
  const SingularVectors V = singular_vectors(by_user.view(), {basis.data(), items, items}, factors, nullptr);
  regularized_gram(by_user.view(), by_item.view(), 0, {gram.data(), items, items}, nullptr);
  graph_filter({gram.data(), items, items}, {V.vectors.data(), items, factors}, normalized.item_degrees.data(), alpha,
               nullptr);
  return gram;
}

}  // namespace

TEST(the_log_is_normalised_by_the_degrees_of_both_sides) {
  Random random(1);
  for (const bool weights : {true, false}) {
    Csr log = random_csr(random, 30, 20, 0.2, -1, 5);
    if (!weights) log.values.clear();
    const NormalizedLog received = normalize_log(log.view(), nullptr);
    std::vector<double> dense(30 * 20, 0.0);
    for (int64_t u = 0; u < 30; ++u)
      for (int32_t n = log.indptr[u]; n < log.indptr[u + 1]; ++n)
        dense[u * 20 + log.indices[n]] = received.by_user.values[n];
    CHECK_CLOSE(dense, reference::normalize_log(log.view()), 1e-7, 1e-6);
  }
}

TEST(the_filter_equals_the_reference) {
  Random random(2);
  for (const int64_t items : {1, 2, 17, 65})
    for (const int64_t factors : {int64_t{1}, items / 3 + 1}) {
      const Csr log = random_csr(random, 120, items, 0.15);
      CHECK_CLOSE(filter_of(log, factors, 0.3), reference::graph_filter(log.view(), factors, 0.3), 1e-4, 1e-4);
    }
}

TEST(scores_of_apart_factors_are_those_of_the_weights) {
  Random random(4);
  for (const int64_t items : {1, 2, 17, 65, 130})
    for (const double alpha : {0.0, 0.3, 2.0})
      for (const int64_t factors : {int64_t{0}, int64_t{1}, items / 2}) {
        const Csr log = random_csr(random, 77, items, 0.1, 0.5, 5),
                  histories = random_csr(random, 9, items, 0.3, -2, 2);
        const NormalizedLog R = normalize_log(log.view(), nullptr);
        const Csr by_item = transpose(R.by_user.view(), nullptr);
        const std::vector<float> V = random.floats(items * factors);
        std::vector<float> gram(items * items), received(9 * items);
        regularized_gram(R.by_user.view(), by_item.view(), 0, {gram.data(), items, items}, nullptr);
        graph_filter({gram.data(), items, items}, {V.data(), items, factors}, R.item_degrees.data(), alpha, nullptr);
        const LowPass sides = low_pass({V.data(), items, factors}, R.item_degrees.data(), nullptr);
        const ConstMatrix left(sides.left.data(), items, factors), right(sides.right.data(), items, factors);
        graph_scores(histories.view(), R.by_user.view(), by_item.view(), left, right, alpha,
                     {received.data(), 9, items}, nullptr);
        CHECK_CLOSE(received, reference::multiply(histories.view(), {gram.data(), items, items}), 1e-4, 1e-4);
        CHECK_SAME_BITS(std::vector<float> again(9 * items);
                        graph_scores(histories.view(), R.by_user.view(), by_item.view(), left, right, alpha,
                                     {again.data(), 9, items}, nullptr);
                        return doubles(again));
      }
}

TEST(scores_of_histories_that_few_users_share_are_those_of_the_weights) {
  Random random(6);
  constexpr int64_t kUsers = 3000, kItems = 400;
  const Csr log = random_csr(random, kUsers, kItems, 0.01, 0.5, 5);
  // None, few and many users have an item of it.
  std::vector<int32_t> indptr{0}, indices;
  for (const int32_t items : {0, 1, 3, 1, 200, 2}) {
    for (int32_t i = 0; i < items; ++i) indices.push_back(i * 2 + static_cast<int32_t>(indptr.size()) % 2);
    indptr.push_back(static_cast<int32_t>(indices.size()));
  }
  const CsrView histories{indptr.data(), indices.data(), nullptr, 6, kItems};
  const NormalizedLog R = normalize_log(log.view(), nullptr);
  const Csr by_item = transpose(R.by_user.view(), nullptr);
  std::vector<float> gram(kItems * kItems), received(6 * kItems);
  regularized_gram(R.by_user.view(), by_item.view(), 0, {gram.data(), kItems, kItems}, nullptr);
  graph_filter({gram.data(), kItems, kItems}, {nullptr, kItems, 0}, R.item_degrees.data(), 0, nullptr);
  const ConstMatrix none(nullptr, kItems, 0);
  graph_scores(histories, R.by_user.view(), by_item.view(), none, none, 0, {received.data(), 6, kItems}, nullptr);
  CHECK_CLOSE(received, reference::multiply(histories, {gram.data(), kItems, kItems}), 1e-6, 1e-5);
}

TEST(scores_of_apart_factors_check_their_shapes) {
  Random random(5);
  const Csr log = random_csr(random, 3, 3, 1);
  std::vector<float> out(9), sides(6);
  CHECK_THROWS("ERR_SHAPE", "two sides",
               graph_scores(log.view(), log.view(), log.view(), {sides.data(), 3, 2}, {sides.data(), 2, 2}, 1,
                            {out.data(), 3, 3}, nullptr));
  const AbortFlag abort{true};
  const std::vector<float> degrees(3, 1);
  CHECK_THROWS("ERR_ABORTED", "aborted", normalize_log(log.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", low_pass({sides.data(), 3, 2}, degrees.data(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted",
               graph_scores(log.view(), log.view(), log.view(), {sides.data(), 3, 2}, {sides.data(), 3, 2}, 1,
                            {out.data(), 3, 3}, &abort));
}

TEST(an_item_without_users_has_no_weights) {
  const std::vector<int32_t> indptr{0, 2}, indices{0, 2};
  const CsrView view{indptr.data(), indices.data(), nullptr, 1, 3};
  const Csr log = transpose(transpose(view, nullptr).view(), nullptr);
  CHECK_CLOSE(filter_of(log, 1, 1), (std::vector<double>{1, 0, 1, 0, 0, 0, 1, 0, 1}), 1e-6, 0);
}

TEST(the_filter_has_the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const Csr log = random_csr(random, 200, 140, 0.1);
  CHECK_SAME_BITS(return doubles(filter_of(log, 9, 0.3)));
}

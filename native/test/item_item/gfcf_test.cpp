#include "kindred/item_item/gfcf.h"

#include "kindred/item_item/ease.h"
#include "kindred/linalg/svd.h"
#include "reference/item_item/gfcf.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<float> filter_of(const Csr& log, int64_t factors, double alpha) {
  const int64_t items = log.cols;
  const NormalizedLog normalized = normalize_log(log.view());
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
    const NormalizedLog received = normalize_log(log.view());
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

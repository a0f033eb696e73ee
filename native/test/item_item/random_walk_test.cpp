#include "kindred/item_item/random_walk.h"

#include "reference/item_item/random_walk.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

Csr weights_of(const Csr& log, const WalkOptions& options) {
  return walk_weights(log.view(), transpose(log.view(), nullptr).view(), options, nullptr);
}

}  // namespace

TEST(walk_weights_equal_the_reference) {
  Random random(1);
  for (const int64_t users : {0, 1, 40})
    for (const int64_t items : {0, 1, 2, 33, 129})
      for (const int64_t neighbors : {int64_t{1}, int64_t{6}, int64_t{1} << 40})
        for (const WalkOptions& options : {WalkOptions{1, 0, neighbors, false}, WalkOptions{0.5, 0.25, neighbors, true},
                                           WalkOptions{1.7, 1.25, neighbors, false}}) {
          const Csr log = random_csr(random, users, items, 0.15, -1, 5);
          const Csr received = weights_of(log, options), expected = reference::walk_weights(log.view(), options);
          check_csr(received.view(), "weights");
          CHECK(received.indptr == expected.indptr);
          CHECK(received.indices == expected.indices);
          CHECK_CLOSE(received.values, expected.values, 1e-9, 1e-6);
        }
}

TEST(ties_go_to_the_first_items) {
  // Two users with four items each, all alike: each item keeps the first other one.
  const std::vector<int32_t> indptr{0, 4, 8}, indices{0, 1, 2, 3, 0, 1, 2, 3};
  const CsrView by_user{indptr.data(), indices.data(), nullptr, 2, 4};
  const Csr by_item = transpose(by_user, nullptr);
  const Csr weights = walk_weights(by_user, by_item.view(), {1, 0, 1, false}, nullptr);
  CHECK(weights.indptr == (std::vector<int32_t>{0, 1, 2, 2, 2}));
  CHECK(weights.indices == (std::vector<int32_t>{1, 0}));
  CHECK(weights.values == (std::vector<float>{0.25f, 0.25f}));
}

TEST(walks_refuse_options_out_of_range) {
  const std::vector<int32_t> indptr{0};
  const CsrView empty{indptr.data(), nullptr, nullptr, 0, 0};
  CHECK_THROWS("ERR_VALUE", "alpha", walk_weights(empty, empty, {-1, 0, 1, false}, nullptr));
  CHECK_THROWS("ERR_VALUE", "neighbors", walk_weights(empty, empty, {1, 0, 0, false}, nullptr));
}

TEST(walks_give_the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const Csr log = random_csr(random, 200, 150, 0.1);
  CHECK_SAME_BITS(return doubles(weights_of(log, {1.2, 0.6, 20, true}).values));
}

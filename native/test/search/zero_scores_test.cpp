// Where scores of zero stand: the keys of their items, and what scores too little for a list.
#include "kindred/search/zero_scores.h"

#include <cfloat>
#include <cmath>

#include "reference/search/zero_scores.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

std::vector<float> placed(const Padded& scores, const std::vector<float>& keys, double least) {
  Padded copy = scores;
  place_zeros(copy.view(), keys.empty() ? nullptr : keys.data(), least, nullptr);
  CHECK(copy.gaps_untouched());
  return copy.values();
}

}  // namespace

TEST(equals_the_reference_on_awkward_sizes) {
  Random random(1);
  for (const int64_t items : kSizes)
    for (const int64_t queries : {0, 1, 17}) {
      const Padded scores(queries, items, 3, random.integers(queries * items, -2, 2));
      const std::vector<float> keys = random.floats(items, 5, 6);
      for (const double least : std::vector<double>{-INFINITY, -1, 0, 1.5}) {
        CHECK_CLOSE(placed(scores, keys, least), reference::place_zeros(scores.view(), keys, least), 0, 0);
        CHECK_CLOSE(placed(scores, {}, least), reference::place_zeros(scores.view(), {}, least), 0, 0);
      }
    }
}

TEST(what_is_zero) {
  const float least = kLeastScore;
  const std::vector<float> row = {0.0f, -0.0f, FLT_MIN, -FLT_MIN, least, -least, FLT_MAX, -FLT_MAX, NAN, INFINITY};
  const Padded scores(1, static_cast<int64_t>(row.size()), 0, row);
  const std::vector<float> keys(row.size(), 9.0f);
  CHECK_CLOSE(placed(scores, keys, -INFINITY),
              (std::vector<float>{9, 9, 9, 9, least, -least, FLT_MAX, -FLT_MAX, NAN, INFINITY}), 0, 0);
  CHECK_CLOSE(placed(scores, keys, 0.0), (std::vector<float>{9, 9, 9, NAN, least, NAN, FLT_MAX, NAN, NAN, INFINITY}), 0,
              0);
}

TEST(same_bits_for_any_number_of_threads) {
  Random random(3);
  const Padded scores(100, 130, 1, random.integers(100 * 130, -1, 1));
  const std::vector<float> keys = random.floats(130);
  CHECK_SAME_BITS(return doubles(placed(scores, keys, 0.0)));
}

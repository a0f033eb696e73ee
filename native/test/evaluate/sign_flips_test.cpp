#include "kindred/evaluate/sign_flips.h"

#include <cmath>

#include "reference/evaluate/sign_flips.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Differences around a small mean, integers in every second series, so that sums tie; every third series has gaps, and
// the last none at all.
std::vector<double> random_differences(Random& random, int64_t series, int64_t users) {
  std::vector<double> values(series * users);
  for (int64_t s = 0; s < series; ++s)
    for (int64_t u = 0; u < users; ++u) {
      const bool missing = (s % 3 == 2 && random.uniform(0, 1) < 0.4) || (s > 0 && s == series - 1);
      const double value = random.uniform(-1, 1.2);
      values[s * users + u] = missing ? NAN : s % 2 ? std::round(value) : value;
    }
  return values;
}

}  // namespace

TEST(p_values_equal_the_reference) {
  Random random(1);
  for (const int64_t users : {0, 1, 2, 7, 8, 31, 32, 33, 65, 1025})
    for (const int64_t series : {0, 1, 8, 9, 17})
      for (const int64_t rounds : {0, 1, 511, 513}) {
        if (users > 100 && rounds > 1 && series > 9) continue;
        const auto values = random_differences(random, series, users);
        const uint64_t seed = random.bits() >> 11;
        const auto received = sign_flip_p_values(values.data(), series, users, rounds, seed, nullptr);
        CHECK_CLOSE(received, reference::sign_flip_p_values(values, series, users, rounds, seed), 0, 0);
      }
}

// All 2^n turns of signs, of which the test draws: with 3 users of difference 1, two in eight reach the sum 3.
TEST(p_values_are_the_share_of_all_turns) {
  const std::vector<double> values{1, 1, 1, 1, -1, 1, 0, 0, 0};
  const auto p = sign_flip_p_values(values.data(), 3, 3, 20000, 3, nullptr);
  CHECK_CLOSE(p, (std::vector<double>{0.25, 1, 1}), 0.015, 0);
}

TEST(the_bits_do_not_depend_on_threads) {
  Random random(2);
  const auto values = random_differences(random, 12, 500);
  CHECK_SAME_BITS(return sign_flip_p_values(values.data(), 11, 500, 1500, 7, nullptr));
}

TEST(is_aborted) {
  const AbortFlag abort = true;
  const std::vector<double> values(100, 1.0);
  CHECK_THROWS("ERR_ABORTED", "", sign_flip_p_values(values.data(), 1, 100, 10, 0, &abort));
}

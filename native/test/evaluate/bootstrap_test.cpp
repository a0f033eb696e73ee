#include "kindred/evaluate/bootstrap.h"

#include <cmath>

#include "cpu/evaluate/xoshiro128.h"
#include "reference/evaluate/bootstrap.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Numbers of which every seventh series has gaps and the last none at all, and every third is 0 for most users.
std::vector<double> random_series(Random& random, int64_t series, int64_t users) {
  std::vector<double> values(series * users);
  for (int64_t s = 0; s < series; ++s)
    for (int64_t u = 0; u < users; ++u) {
      const bool missing = (s % 7 == 3 && random.uniform(0, 1) < 0.4) || (s > 0 && s == series - 1);
      const bool zero = s % 3 == 1 && random.uniform(0, 1) < 0.9;
      values[s * users + u] = missing ? NAN : zero ? 0 : random.uniform(-1, 1);
    }
  return values;
}

}  // namespace

TEST(means_equal_the_reference) {
  Random random(1);
  for (const int64_t users : {0, 1, 2, 33, 1025})
    for (const int64_t series : {0, 1, 7, 8, 9, 31})
      for (const int64_t resamples : {0, 1, 19}) {
        const auto values = random_series(random, series, users);
        const uint64_t seed = random.bits() >> 11;
        const auto received = bootstrap_means(values.data(), series, users, resamples, seed, nullptr);
        CHECK_CLOSE(received, reference::bootstrap_means(values, series, users, resamples, seed), 1e-13, 0);
      }
}

TEST(the_bits_do_not_depend_on_threads) {
  Random random(2);
  const auto values = random_series(random, 12, 500);
  CHECK_SAME_BITS(return bootstrap_means(values.data(), 11, 500, 40, 7, nullptr));
}

TEST(a_jump_equals_as_many_steps) {
  for (const uint64_t steps : {0, 1, 2, 63, 1000}) {
    Xoshiro128 stepped(uint64_t{5});
    const Xoshiro128::State start = stepped.state();
    for (uint64_t i = 0; i < steps; ++i) stepped.bits();
    CHECK(XoshiroJump(steps)(start) == stepped.state());
  }
}

TEST(lanes_are_streams_side_by_side) {
  std::array<Xoshiro128::State, XoshiroLanes::kLanes> starts;
  std::vector<Xoshiro128> streams;
  for (int lane = 0; lane < XoshiroLanes::kLanes; ++lane) {
    streams.emplace_back(static_cast<uint64_t>(lane + 7));
    starts[lane] = streams.back().state();
  }
  XoshiroLanes lanes(starts);
  for (int i = 0; i < 100; ++i) {
    const auto bits = lanes.bits();
    for (int lane = 0; lane < XoshiroLanes::kLanes; ++lane) CHECK(bits[lane] == streams[lane].bits());
  }
}

TEST(is_aborted) {
  const AbortFlag abort = true;
  const std::vector<double> values(100, 1.0);
  CHECK_THROWS("ERR_ABORTED", "", bootstrap_means(values.data(), 1, 100, 10, 0, &abort));
}

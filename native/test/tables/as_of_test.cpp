#include "kindred/tables/as_of.h"

#include <cmath>
#include <limits>

#include "reference/tables/as_of.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Few moments, so that many tie; keys and times missing now and then.
struct Rows {
  Rows(Random& random, int64_t count, int64_t groups, int64_t moments, bool has_arrivals, bool is_sorted) {
    for (int64_t n = 0; n < count; ++n) {
      keys.push_back(static_cast<int32_t>(groups == 0 ? -1 : random.integer(-1, groups - 1)));
      times.push_back(is_sorted ? static_cast<double>(n / 3)
                                : static_cast<double>(random.integer(-moments, moments)) / 2);
      if (random.integer(0, 19) == 0) times.back() = NAN;
      if (has_arrivals)
        arrivals.push_back(random.integer(0, 19) == 0 ? NAN
                                                      : times.back() + static_cast<double>(random.integer(-2, 6)) / 2);
      values.push_back(random.integer(0, 9) == 0 ? NAN : random.uniform(-1, 1) * std::pow(10, random.integer(-8, 8)));
    }
  }
  TimedRows view() const {
    return {static_cast<int64_t>(keys.size()), keys.data(), times.data(), arrivals.empty() ? nullptr : arrivals.data()};
  }
  std::vector<int32_t> keys;
  std::vector<double> times, arrivals, values;
};

std::vector<int32_t> join(const TimedRows& events, const TimedRows& features, const AsOf& options) {
  std::vector<int32_t> matches(events.rows, 7);
  as_of_join(events, features, options, matches.data(), nullptr);
  return matches;
}

template <class Check>
void over_cases(Check check) {
  Random random(1);
  for (const int64_t events : {0, 1, 31, 33, 1025})
    for (const int64_t features : {0, 1, 33, 1023})
      for (const int64_t groups : {0, 1, 5, 400})
        for (const bool has_arrivals : {false, true})
          for (const double max_age : {kInfinity, 0.0, 2.5}) {
            const bool is_sorted = random.integer(0, 2) == 0;
            const Rows left(random, events, groups, 20, false, is_sorted);
            const Rows right(random, features, groups, 20, has_arrivals, is_sorted);
            check(left, right, AsOf{groups, max_age, random.integer(0, 1) == 0});
          }
}

}  // namespace

TEST(matches_equal_the_reference) {
  over_cases([](const Rows& events, const Rows& features, const AsOf& options) {
    CHECK_CLOSE(join(events.view(), features.view(), options),
                reference::as_of_join(events.view(), features.view(), options), 0, 0);
  });
}

TEST(totals_equal_the_reference) {
  over_cases([](const Rows& events, const Rows& history, const AsOf& options) {
    const int64_t n = events.view().rows;
    std::vector<double> counts(n), sums(n);
    as_of_totals(events.view(), history.view(), history.values.data(), options, counts.data(), sums.data(), nullptr);
    const auto expected = reference::as_of_totals(events.view(), history.view(), history.values.data(), options);
    CHECK_CLOSE(counts, expected.counts, 0, 0);
    // The reference adds in 64 bits of mantissa: numbers up to 1e8 leave errors of 1e-8 of their smallest.
    CHECK_CLOSE(sums, expected.sums, 1e-8, 1e-12);
    as_of_totals(events.view(), history.view(), nullptr, options, counts.data(), nullptr, nullptr);
    CHECK_CLOSE(counts, reference::as_of_totals(events.view(), history.view(), nullptr, options).counts, 0, 0);
  });
}

// 1e16 and what came with it are gone: a plain running sum would have lost the ones.
TEST(a_sum_forgets_what_left_the_window) {
  const std::vector<int32_t> keys(4, 0);
  const std::vector<double> times{0, 1, 2, 3}, values{1e16, 1, 1, 1};
  const std::vector<int32_t> event_keys(2, 0);
  const std::vector<double> event_times{2, 3};
  std::vector<double> counts(2), sums(2);
  as_of_totals({2, event_keys.data(), event_times.data(), nullptr}, {4, keys.data(), times.data(), nullptr},
               values.data(), {1, 2, true}, counts.data(), sums.data(), nullptr);
  CHECK_CLOSE(counts, (std::vector<double>{3, 3}), 0, 0);
  CHECK_CLOSE(sums, (std::vector<double>{1e16 + 2, 3}), 0, 0);
}

TEST(what_arrives_late_is_not_seen_before) {
  const std::vector<int32_t> keys{0, 0};
  const std::vector<double> times{1, 2}, arrivals{1, 9};
  const std::vector<int32_t> event_keys{0, 0};
  const std::vector<double> event_times{5, 9};
  const TimedRows events{2, event_keys.data(), event_times.data(), nullptr};
  const TimedRows features{2, keys.data(), times.data(), arrivals.data()};
  CHECK_CLOSE(join(events, features, {1, kInfinity, true}), (std::vector<int32_t>{0, 1}), 0, 0);
  CHECK_CLOSE(join(events, features, {1, kInfinity, false}), (std::vector<int32_t>{0, 0}), 0, 0);
}

TEST(the_bits_do_not_depend_on_threads) {
  Random random(2);
  const Rows events(random, 200000, 5000, 1000, false, false), history(random, 300000, 5000, 1000, true, false);
  CHECK_SAME_BITS(return doubles(join(events.view(), history.view(), {5000, 50, true})));
  CHECK_SAME_BITS({
    std::vector<double> counts(events.keys.size()), sums(events.keys.size());
    as_of_totals(events.view(), history.view(), history.values.data(), {5000, 50, true}, counts.data(), sums.data(),
                 nullptr);
    return sums;
  });
}

TEST(refuses_a_key_that_is_not_below_the_groups) {
  const std::vector<int32_t> keys{3};
  const std::vector<double> times{0};
  const TimedRows rows{1, keys.data(), times.data(), nullptr};
  CHECK_THROWS("ERR_VALUE", "key 3", join(rows, {}, {3, kInfinity, true}));
}

TEST(is_aborted) {
  const AbortFlag abort = true;
  Random random(3);
  const Rows rows(random, 1000, 10, 10, false, false);
  std::vector<int32_t> matches(1000);
  std::vector<double> counts(1000);
  const AsOf options{10, kInfinity, true};
  CHECK_THROWS("ERR_ABORTED", "", as_of_join(rows.view(), rows.view(), options, matches.data(), &abort));
  CHECK_THROWS("ERR_ABORTED", "",
               as_of_totals(rows.view(), rows.view(), nullptr, options, counts.data(), nullptr, &abort));
}

#include "kindred/runtime/poll.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "cpu/sgd/touched_rows.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A flag that the work raises itself when it comes to a unit, and how many units followed.
struct RaisedByWork {
  AbortFlag flag{false};
  int64_t raise_at, done = 0;

  explicit RaisedByWork(int64_t raise_at) : raise_at(raise_at) {}
  void unit() {
    if (done++ == raise_at) flag = true;
  }
  int64_t after() const { return done - 1 - raise_at; }
};

}  // namespace

TEST(a_poll_hears_the_flag_at_once_and_then_within_its_work) {
  const AbortFlag raised{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", Poll poll(&raised); poll());
  for (const int64_t work : {1, 7, 1000, 1 << 20}) {
    RaisedByWork units(10);
    Poll poll(&units.flag);
    CHECK_THROWS(
        "ERR_ABORTED", "aborted", for (int i = 0; i < 1 << 20; ++i) {
          poll(work);
          units.unit();
        });
    CHECK(units.after() * work <= kPollWork);
  }
  Poll never(nullptr);
  for (int i = 0; i < 1 << 17; ++i) never();
}

TEST(steps_cover_the_range_and_end_at_a_raised_flag) {
  for (const int64_t n : {int64_t{0}, int64_t{1}, kPollWork, kPollWork + 1, 3 * kPollWork - 1}) {
    int64_t next = 0;
    in_steps(n, nullptr, [&](int64_t begin, int64_t end) {
      CHECK_EQUAL(begin, next);
      CHECK(end > begin && end - begin <= kPollWork);
      next = end;
    });
    CHECK_EQUAL(next, n);
  }
  RaisedByWork steps(1);
  CHECK_THROWS("ERR_ABORTED", "aborted",
               in_steps(100 * kPollWork, &steps.flag, [&](int64_t, int64_t) { steps.unit(); }));
  CHECK_EQUAL(steps.after(), int64_t{0});
}

TEST(a_sort_hears_the_flag) {
  std::vector<int32_t> numbers(1 << 18);
  std::iota(numbers.rbegin(), numbers.rend(), 0);
  RaisedByWork comparisons(100'000);
  Poll poll(&comparisons.flag);
  CHECK_THROWS("ERR_ABORTED", "aborted",
               std::stable_sort(numbers.begin(), numbers.end(), polled(poll, [&](int32_t a, int32_t b) {
                                  comparisons.unit();
                                  return a < b;
                                })));
  CHECK(comparisons.after() <= kPollWork);
}

TEST(grouping_a_batch_hears_the_flag) {
  RaisedByWork places(5);
  TouchedRows touched(10);
  CHECK_THROWS("ERR_ABORTED", "aborted", touched.group(int64_t{1} << 20, &places.flag, [&](int64_t place) {
    places.unit();
    return static_cast<int32_t>(place % 10);
  }));
  CHECK(places.after() <= 2 * kPollWork);
}

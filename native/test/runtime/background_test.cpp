#include "kindred/runtime/background.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kindred/runtime/thread_pool.h"
#include "test/harness/test.h"

using namespace kindred;

namespace {

// Waits for `count` calls of done().
struct Countdown {
  std::mutex mutex;
  std::condition_variable changed;
  int left;

  explicit Countdown(int count) : left(count) {}
  void done() {
    std::lock_guard lock(mutex);
    if (--left == 0) changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return left == 0; });
  }
};

}  // namespace

TEST(background_jobs_from_many_threads_all_run) {
  constexpr int callers = 8, jobs = 50;
  Countdown countdown(callers * jobs);
  std::atomic<int64_t> total{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t)
    threads.emplace_back([&] {
      for (int n = 0; n < jobs; ++n)
        run_in_background([&] {
          parallel_for(64, 7, nullptr, [&](int64_t begin, int64_t end) { total += end - begin; });
          countdown.done();
        });
    });
  for (std::thread& thread : threads) thread.join();
  countdown.wait();
  CHECK_EQUAL(total.load(), int64_t{callers * jobs * 64});
}

TEST(background_jobs_run_beside_each_other) {
  // Neither can end before the other has begun.
  Countdown begun(2), ended(2);
  for (int n = 0; n < 2; ++n)
    run_in_background([&] {
      begun.done();
      begun.wait();
      ended.done();
    });
  ended.wait();
}

TEST(a_background_job_does_not_wait_for_any_number_of_long_ones) {
  constexpr int held = 150;
  Countdown begun(held), ended(held), released(1), waiting(1);
  for (int n = 0; n < held; ++n)
    run_in_background([&] {
      begun.done();
      released.wait();
      ended.done();
    });
  run_in_background([&] { waiting.done(); }, JobSize::small);
  waiting.wait();
  begun.wait();
  Countdown again(held);  // one after another, from a job
  std::function<void()> next = [&] {
    const bool last = again.left == 1;
    again.done();
    if (!last) run_in_background(next);
  };
  run_in_background(next);
  again.wait();
  released.done();
  ended.wait();
}

#if defined(__linux__)
TEST(threads_of_long_background_jobs_end_with_them) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  };
  constexpr int held = 150;
  Countdown begun(held), ended(held), released(1);
  for (int n = 0; n < held; ++n)
    run_in_background([&] {
      begun.done();
      released.wait();
      ended.done();
    });
  begun.wait();
  CHECK(threads() > held);
  released.done();
  ended.wait();
  while (threads() > held - 20) std::this_thread::yield();
}
#endif

TEST(a_background_job_releases_what_it_captured) {
  Countdown released(1);
  auto guard = std::shared_ptr<int>(new int(1), [&](int* value) {
    delete value;
    released.done();
  });
  run_in_background([guard = std::move(guard)] {});
  released.wait();
}

TEST(many_jobs_of_both_sizes_all_run) {
  constexpr int each = 2000;
  Countdown ended(2 * each);
  std::atomic<int> ran{0};
  for (int n = 0; n < each; ++n)
    for (const JobSize size : {JobSize::large, JobSize::small})
      run_in_background(
          [&] {
            ++ran;
            ended.done();
          },
          size);
  ended.wait();
  CHECK_EQUAL(ran.load(), 2 * each);
}

// Leaves main while background jobs and their helpers sleep ("idle") or are in the middle of a loop ("busy"), with a
// static destructor that still uses the pool. Exits 0.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "kindred/runtime/background.h"
#include "kindred/runtime/thread_pool.h"

namespace {

constexpr int kJobs = 3;

struct UsesThePoolLast {
  ~UsesThePoolLast() {
    std::atomic<int64_t> sum{0};
    kindred::parallel_for(1000, 1, nullptr, [&](int64_t begin, int64_t) { sum += begin; });
    if (sum != 499500) std::_Exit(1);
  }
} last;

void loop(int64_t n, std::atomic<int>& begun) {
  kindred::parallel_for(n, 1, nullptr, [&](int64_t begin, int64_t) {
    if (begin == 0) ++begun;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  });
}

}  // namespace

int main(int argc, char** argv) {
  const bool busy = argc == 2 && std::strcmp(argv[1], "busy") == 0;
  static std::atomic<int> begun{0};
  kindred::set_thread_count(4);
  for (int job = 0; job < kJobs; ++job)
    kindred::run_in_background([busy] { loop(busy ? int64_t{1} << 40 : 100, begun); });
  while (begun < kJobs) std::this_thread::yield();
  if (!busy) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::printf("leaving main\n");
  return 0;
}

// Loops and background jobs when the system grants no thread (no address space is left for a stack), and afterwards.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <system_error>
#include <thread>

#include "kindred/runtime/background.h"
#include "kindred/runtime/thread_pool.h"

namespace {

// True when no thread can be started.
bool forbid_threads(rlimit& before) {
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  getrlimit(RLIMIT_AS, &before);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(pages) * sysconf(_SC_PAGESIZE) + (1 << 20);
  if (setrlimit(RLIMIT_AS, &tight) != 0) return false;
  try {
    std::thread([] {}).join();
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

bool sums() {
  std::atomic<int64_t> sum{0};
  kindred::parallel_for(1000, 1, nullptr, [&](int64_t begin, int64_t) { sum += begin; });
  return sum == 499500;
}

// Runs a background job to its end; tells whether it ran on another thread.
bool runs_elsewhere() {
  static std::atomic<bool> done;
  static std::thread::id where;
  done = false;
  kindred::run_in_background([] {
    where = std::this_thread::get_id();
    done = true;
  });
  while (!done) std::this_thread::yield();
  return where != std::this_thread::get_id();
}

int fail(const char* what) {
  std::printf("failed: %s\n", what);
  return 1;
}

}  // namespace

int main() {
  kindred::set_thread_count(4);
  rlimit before;
  if (!forbid_threads(before)) return fail("threads could not be forbidden");
  if (!sums()) return fail("a loop without helpers");
  if (runs_elsewhere()) return fail("a job without carriers");
  setrlimit(RLIMIT_AS, &before);
  if (!sums()) return fail("a loop with helpers again");
  if (!runs_elsewhere()) return fail("a job with carriers again");
  return 0;
}

#include "kindred/runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "cpu/runtime/flush_denormals.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/failure.h"
#include "kindred/runtime/wait.h"

namespace kindred {
namespace {

// False when the process may have no more threads: work then goes on with those there are.
template <class Body>
bool start(Body body) {
  try {
    std::thread(body).detach();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// A step of a network is hundreds of short loops: to sleep and be woken for each would cost as much as many of them
// take.
constexpr std::chrono::microseconds kPatience{30};

void rest() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits without sleeping until the condition holds or patience ends.
template <class Condition>
void spin_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition() && std::chrono::steady_clock::now() < end)
    for (int n = 0; n < 8; ++n) rest();
}

// One parallel_for under way. It lives on the caller's stack; helpers hold it only while `helpers` counts them.
struct Loop {
  int64_t n;
  int64_t grain;
  int64_t chunks;
  const AbortFlag* abort;
  const std::function<void(int64_t, int64_t)>* body;
  std::atomic<int64_t> next{0};  // chunk
  std::atomic<bool> stopped{false};
  int seats;                     // helpers that may still join; guarded by Pool::mutex
  std::atomic<int> helpers{0};   // helpers at work; changed under Pool::mutex
  std::condition_variable left;  // the last helper has left
  Failure failure;
  std::mutex error_mutex;

  // No chunk is left to take.
  bool exhausted() const {
    return next.load(std::memory_order_relaxed) >= chunks || stopped.load(std::memory_order_relaxed);
  }

  void work() {
    while (!stopped.load(std::memory_order_relaxed)) {
      const int64_t chunk = next.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= chunks) return;
      try {
        if (aborted(abort)) fail_aborted();
        (*body)(chunk * grain, chunk + 1 < chunks ? (chunk + 1) * grain : n);
      } catch (...) {
        std::lock_guard lock(error_mutex);
        if (!failure) failure = Failure::current();
        stopped.store(true, std::memory_order_relaxed);
      }
    }
  }
};

// Helpers are woken as the loop goes on, two by each thread that joins: one that ends soon wakes few, and one that
// lasts has them all after a few steps.
class Pool {
 public:
  void run(Loop& loop) {
    const int seats = loop.seats;  // once the loop is open, helpers take them
    std::unique_lock lock(mutex_);
    while (threads_ < seats && start([this] { help(); })) ++threads_;
    open_.push_back(&loop);
    opened_.fetch_add(1, std::memory_order_relaxed);
    lock.unlock();
    wake(seats);
    loop.work();
    spin_until([&] { return loop.helpers.load(std::memory_order_relaxed) == 0; });
    lock.lock();
    std::erase(open_, &loop);
    wait_until(loop.left, lock, [&] { return loop.helpers == 0; });
  }

 private:
  void wake(int seats) {
    for (int n = 0; n < std::min(seats, 2); ++n) wanted_.notify_one();
  }

  void help() {
    const FlushDenormals guard;
    std::unique_lock lock(mutex_);
    for (;;) {
      wait_until(wanted_, lock, [&] { return !open_.empty() && busy_ < thread_count() - 1; });
      Loop& loop = *open_.front();
      if (loop.exhausted() || --loop.seats == 0) open_.pop_front();
      if (loop.exhausted()) continue;
      ++loop.helpers;
      ++busy_;
      const int seats = open_.empty() ? 0 : open_.front()->seats;
      lock.unlock();
      wake(seats);
      loop.work();
      lock.lock();
      --busy_;
      if (--loop.helpers == 0) loop.left.notify_one();
      const uint64_t seen = opened_.load(std::memory_order_relaxed);
      if (!open_.empty()) continue;
      lock.unlock();
      spin_until([&] { return opened_.load(std::memory_order_relaxed) != seen; });
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wanted_;   // a loop has free seats
  std::deque<Loop*> open_;           // loops with free seats, oldest first
  std::atomic<uint64_t> opened_{0};  // loops so far
  int threads_ = 0;                  // started so far
  int busy_ = 0;                     // of them, at work: as many as the number of threads now allows
};

Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void parallel_for(int64_t n, int64_t grain, const AbortFlag* abort, const std::function<void(int64_t, int64_t)>& body) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  const FlushDenormals guard;
  const int64_t threads = thread_count();
  Loop loop;
  loop.n = n;
  loop.grain = grain;
  loop.chunks = n / grain + (n % grain != 0);
  loop.abort = abort;
  loop.body = &body;
  loop.seats = static_cast<int>(threads < loop.chunks ? threads - 1 : loop.chunks - 1);
  if (loop.seats > 0)
    pool().run(loop);
  else
    loop.work();
  if (loop.failure) loop.failure.raise();
}

}  // namespace kindred

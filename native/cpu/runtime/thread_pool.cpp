#include "kindred/runtime/thread_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

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
  } catch (const std::system_error&) {
    return false;
  }
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
  int seats;        // helpers that may still join; guarded by Pool::mutex
  int helpers = 0;  // helpers at work; guarded by Pool::mutex
  Failure failure;
  std::mutex error_mutex;

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

struct Pool {
  std::mutex mutex;
  std::condition_variable wanted;    // a loop has free seats
  std::condition_variable finished;  // a helper has left its loop
  std::deque<Loop*> open;            // loops with free seats, oldest first
  int threads = 0;                   // started so far

  void helper() {
    const FlushDenormals guard;
    std::unique_lock lock(mutex);
    for (;;) {
      wait_until(wanted, lock, [&] { return !open.empty(); });
      Loop* loop = open.front();
      if (--loop->seats == 0) open.pop_front();
      ++loop->helpers;
      lock.unlock();
      loop->work();
      lock.lock();
      if (--loop->helpers == 0) finished.notify_all();
    }
  }

  void run(Loop& loop) {
    const bool one = loop.seats == 1;  // once the loop is open, helpers take seats
    {
      std::lock_guard lock(mutex);
      while (threads < loop.seats && start([this] { helper(); })) ++threads;
      open.push_back(&loop);
    }
    if (one)
      wanted.notify_one();
    else
      wanted.notify_all();
    loop.work();
    std::unique_lock lock(mutex);
    std::erase(open, &loop);
    wait_until(finished, lock, [&] { return loop.helpers == 0; });
  }
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

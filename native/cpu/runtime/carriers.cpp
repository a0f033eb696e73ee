// Threads that carry asynchronous calls. Which calls are long shows only once they run, so a call stops counting when
// it has run for kShort: at most kAtOnce younger ones run beside each other, so that a burst of short calls takes few
// threads, and those that have become long keep nobody waiting. The operating system shares the cores between them.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "cpu/runtime/flush_denormals.h"
#include "kindred/runtime/background.h"
#include "kindred/runtime/wait.h"

namespace kindred {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAtOnce = 64;
constexpr std::chrono::milliseconds kShort{5};
constexpr int kMostThreads = 1024;  // bounds stacks, not parallelism

class Carriers {
 public:
  void submit(std::function<void()> job, JobSize size) {
    std::unique_lock lock(mutex_);
    (size == JobSize::small ? small_ : large_).push_back(std::move(job));
    grow();
    if (threads_ == 0) {  // not even one
      job = take();
      lock.unlock();
      const FlushDenormals guard;
      return job();
    }
    wanted_.notify_one();
  }

 private:
  using Beginning = std::list<Clock::time_point>;

  size_t queued() const { return small_.size() + large_.size(); }

  std::function<void()> take() {
    auto& queue = small_.empty() || (took_small_ && !large_.empty()) ? large_ : small_;
    took_small_ = &queue == &small_;
    auto job = std::move(queue.front());
    queue.pop_front();
    return job;
  }

  // Threads that carry nothing, those that are only starting included.
  int idle() const { return threads_ - static_cast<int>(running_.size()); }

  // When one more call may begin: at once, or when one of the youngest kAtOnce becomes long.
  Clock::time_point turn() const {
    if (running_.size() < kAtOnce) return Clock::time_point::min();
    return *std::prev(running_.end(), kAtOnce) + kShort;
  }

  // How many more may begin now.
  int places() const {
    const auto long_since = Clock::now() - kShort;
    int places = kAtOnce;
    for (auto begun = running_.rbegin(); begun != running_.rend() && places > 0 && *begun > long_since; ++begun)
      --places;
    return places;
  }

  // Threads for those queued that may begin, or one that waits for the next turn. They are started together: between
  // many that compute, each may wait long until it runs.
  void grow() {
    const int wanted = std::min(static_cast<int>(queued()), std::max(1, places()));
    while (idle() < wanted && threads_ < kMostThreads && start()) ++threads_;
  }

  // False when the process may have no more threads or memory: calls then wait for those there are.
  bool start() {
    try {
      std::thread([this, own = Beginning(1)]() mutable { carry(own); }).detach();
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  // Until a call is queued and may begin. One thread sleeps until the next turn; a thread that ends a call before
  // takes its place itself.
  void await_turn(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      wait_until(wanted_, lock, [&] { return queued() > 0 && (!watched_ || turn() <= Clock::now()); });
      const Clock::time_point when = turn();
      if (when <= Clock::now()) return;
      watched_ = true;
      lock.unlock();
      std::this_thread::sleep_until(when);
      lock.lock();
      watched_ = false;
    }
  }

  // own: [1], which is among those of running_ while the thread has a call; nothing is allocated here.
  void carry(Beginning& own) {
    const FlushDenormals guard;
    std::unique_lock lock(mutex_);
    do {
      await_turn(lock);
      auto job = take();
      own.front() = Clock::now();
      const auto place = own.begin();
      running_.splice(running_.end(), own);
      if (queued() > 0) {
        grow();
        wanted_.notify_all();  // to begin too, or to watch for the next turn
      }
      lock.unlock();
      job();
      job = nullptr;  // release what it captured before sleeping
      lock.lock();
      own.splice(own.begin(), running_, place);
    } while (idle() <= kAtOnce);
    --threads_;
    if (queued() > 0) wanted_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<std::function<void()>> small_, large_;
  bool took_small_ = false;  // of the last job
  Beginning running_;        // when the calls under way began, oldest first
  int threads_ = 0;
  bool watched_ = false;  // a thread sleeps until the next turn
};

}  // namespace

void run_in_background(std::function<void()> job, JobSize size) {
  static Carriers* const carriers = new Carriers;
  carriers->submit(std::move(job), size);
}

}  // namespace kindred

// Many readers or one writer. A writer that waits keeps new readers out, so that it is never kept out for good.
// std::shared_mutex would need a newer glibc than the rest.
#pragma once

#include <condition_variable>
#include <mutex>

#include "kindred/runtime/wait.h"

namespace kindred {

// For std::unique_lock and std::shared_lock.
class ReadersWriterLock {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    ++waiting_;
    wait_until(changed_, guard, [&] { return !writing_ && readers_ == 0; });
    --waiting_;
    writing_ = true;
  }
  void unlock() {
    std::lock_guard guard(mutex_);
    writing_ = false;
    changed_.notify_all();
  }
  void lock_shared() {
    std::unique_lock guard(mutex_);
    wait_until(changed_, guard, [&] { return !writing_ && waiting_ == 0; });
    ++readers_;
  }
  bool try_lock_shared() {
    std::lock_guard guard(mutex_);
    if (writing_ || waiting_ > 0) return false;
    ++readers_;
    return true;
  }
  void unlock_shared() {
    std::lock_guard guard(mutex_);
    if (--readers_ == 0) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int readers_ = 0;
  int waiting_ = 0;  // writers
  bool writing_ = false;
};

}  // namespace kindred

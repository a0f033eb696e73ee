#include "kindred/runtime/readers_writer_lock.h"

#include <atomic>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "test/harness/test.h"

using namespace kindred;

TEST(readers_hold_it_together) {
  ReadersWriterLock lock;
  std::shared_lock one(lock);
  std::thread([&] { std::shared_lock other(lock); }).join();  // would wait for ever
  CHECK(one.owns_lock());
}

TEST(a_writer_holds_it_alone) {
  ReadersWriterLock lock;
  int64_t first = 0, second = 0;  // equal but while a writer is at work
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < 3; ++n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        std::unique_lock guard(lock);
        ++first;
        std::this_thread::yield();
        ++second;
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        std::shared_lock guard(lock);
        if (first != second) ++torn;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(torn.load(), 0);
  CHECK_EQUAL(first, int64_t{1500});
}

TEST(a_writer_that_waits_keeps_new_readers_out) {
  ReadersWriterLock lock;
  lock.lock_shared();
  bool written = false;
  std::thread writer([&] {
    std::unique_lock guard(lock);
    written = true;
  });
  while (lock.try_lock_shared()) lock.unlock_shared();  // for ever, if the writer kept none out
  CHECK(!written);
  lock.unlock_shared();
  writer.join();
  CHECK(written);
  CHECK(lock.try_lock_shared());
}

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

TEST(readers_that_follow_each_other_do_not_keep_a_writer_out) {
  ReadersWriterLock lock;
  std::atomic<bool> written{false};
  std::atomic<int> holding{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n)  // each waits until the other holds it too before it lets go, unless the writer waits
    readers.emplace_back([&] {
      while (!written) {
        std::shared_lock guard(lock);
        ++holding;
        for (int i = 0; i < 1000 && holding < 2; ++i) std::this_thread::yield();
        --holding;
      }
    });
  {
    std::unique_lock guard(lock);
    written = true;
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(written);
}

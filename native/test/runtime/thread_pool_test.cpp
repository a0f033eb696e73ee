#include "kindred/runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

using Chunks = std::vector<std::pair<int64_t, int64_t>>;

// The chunks that bodies saw, in order of their beginning.
Chunks chunks_of(int64_t n, int64_t grain) {
  std::mutex mutex;
  Chunks chunks;
  parallel_for(n, grain, nullptr, [&](int64_t begin, int64_t end) {
    std::lock_guard lock(mutex);
    chunks.emplace_back(begin, end);
  });
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

Chunks expected_chunks(int64_t n, int64_t grain) {
  Chunks chunks;
  for (int64_t begin = 0; begin < n;) {
    const int64_t end = n - begin > grain ? begin + grain : n;
    chunks.emplace_back(begin, end);
    begin = end;
  }
  return chunks;
}

int64_t sum_below(int64_t n) {
  std::atomic<int64_t> sum{0};
  parallel_for(n, 7, nullptr, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum += i;
  });
  return sum;
}

}  // namespace

TEST(the_environment_decides_first) {
  if (const char* threads = std::getenv("KINDRED_THREADS")) {
    CHECK_EQUAL(thread_count(), std::atoi(threads));
    CHECK_EQUAL(thread_budget().reason, std::string("KINDRED_THREADS"));
  }
  CHECK(thread_budget().affinity >= 1);
  CHECK(thread_budget().quota >= 0);
}

TEST(every_index_once_in_the_same_chunks_for_any_number_of_threads) {
  const int before = thread_count();
  for (const int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    for (const int64_t n : kSizes)
      for (const int64_t grain : {int64_t{1}, int64_t{3}, int64_t{64}, int64_t{1025}, int64_t{5000}})
        CHECK(chunks_of(n, grain) == expected_chunks(n, grain));
  }
  set_thread_count(before);
}

TEST(odd_ranges_and_grains) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(chunks_of(-1, 1).empty());
  CHECK(chunks_of(5, 0) == expected_chunks(5, 1));
  CHECK(chunks_of(5, -3) == expected_chunks(5, 1));
  CHECK(chunks_of(5, most) == expected_chunks(5, 5));
  CHECK(chunks_of(int64_t{1} << 40, int64_t{1} << 37) == expected_chunks(int64_t{1} << 40, int64_t{1} << 37));
  CHECK(chunks_of(most, most / 3) == expected_chunks(most, most / 3));
  CHECK(chunks_of(most, most) == expected_chunks(most, most));
}

TEST(threads_work_at_the_same_time) {
  const int before = thread_count();
  set_thread_count(4);
  std::atomic<int> arrived{0};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  parallel_for(4, 1, nullptr, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 4 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK_EQUAL(arrived.load(), 4);
  });
  set_thread_count(before);
}

TEST(loops_nest) {
  std::atomic<int64_t> total{0};
  parallel_for(9, 1, nullptr, [&](int64_t, int64_t) {
    parallel_for(5, 2, nullptr, [&](int64_t begin, int64_t end) { total += (end - begin) * sum_below(100); });
  });
  CHECK_EQUAL(total.load(), int64_t{9 * 5 * 4950});
}

TEST(the_first_exception_comes_out_and_stops_the_rest) {
  const int before = thread_count();
  set_thread_count(1);
  int64_t last = -1;
  const auto body = [&](int64_t begin, int64_t) {
    last = begin;
    if (begin >= 3) fail_value("chunk " + std::to_string(begin));
  };
  CHECK_THROWS("ERR_VALUE", "chunk 3", parallel_for(10, 1, nullptr, body));
  CHECK_EQUAL(last, int64_t{3});
  set_thread_count(before);
}

TEST(exceptions_come_out_of_other_threads_and_the_pool_lives_on) {
  for (int round = 0; round < 200; ++round) {
    CHECK_THROWS("ERR_VALUE", "chunk", parallel_for(50, 1, nullptr, [&](int64_t begin, int64_t) {
                   if (begin % 7 == 6) fail_value("chunk " + std::to_string(begin));
                 }));
    CHECK_EQUAL(sum_below(100), int64_t{4950});
  }
  CHECK_THROWS("ERR_OUT_OF_MEMORY", "memory",
               parallel_for(3, 1, nullptr, [](int64_t, int64_t) { throw std::bad_alloc(); }));
  CHECK_THROWS("ERR_OUT_OF_MEMORY", "memory",
               parallel_for(3, 1, nullptr, [](int64_t, int64_t) { throw std::length_error("vector"); }));
  CHECK_THROWS("ERR_INTERNAL", "odd",
               parallel_for(3, 1, nullptr, [](int64_t, int64_t) { throw std::logic_error("odd"); }));
  CHECK_THROWS("ERR_INTERNAL", "unknown", parallel_for(3, 1, nullptr, [](int64_t, int64_t) { throw 42; }));
  CHECK_THROWS("ERR_VALUE", "inner", parallel_for(4, 1, nullptr, [](int64_t, int64_t) {
                 parallel_for(4, 1, nullptr, [](int64_t, int64_t) { fail_value("inner"); });
               }));
}

TEST(a_raised_flag_stops_a_loop_between_chunks) {
  AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", parallel_for(1, 1, &abort, [](int64_t, int64_t) { CHECK(false); }));
  abort = false;
  std::atomic<int64_t> seen{0};
  CHECK_THROWS("ERR_ABORTED", "aborted", parallel_for(int64_t{1} << 40, 1, &abort, [&](int64_t, int64_t) {
                 if (++seen == 100) abort = true;
               }));
  CHECK(seen >= 100);
  const AbortFlag calm{false};
  parallel_for(3, 1, &calm, [](int64_t, int64_t) {});
}

TEST(many_threads_call_at_once_while_the_count_changes) {
  const int before = thread_count();
  std::vector<std::thread> callers;
  for (int t = 0; t < 12; ++t)
    callers.emplace_back([t] {
      for (int round = 0; round < 100; ++round) {
        if (t == 0) set_thread_count(1 + round % 8);
        const int64_t n = 1 + (t * 100 + round) % 300;
        CHECK_EQUAL(sum_below(n), n * (n - 1) / 2);
      }
    });
  for (std::thread& caller : callers) caller.join();
  set_thread_count(before);
}

TEST(thread_counts_out_of_range_are_refused) {
  const int before = thread_count();
  for (const int threads : {-1, 0, 1025}) {
    const std::string received = std::to_string(threads);
    CHECK_THROWS("ERR_VALUE", received.c_str(), set_thread_count(threads));
  }
  CHECK_EQUAL(thread_count(), before);
  for (const int threads : {1, 1024}) {
    set_thread_count(threads);
    CHECK_EQUAL(thread_count(), threads);
    CHECK_EQUAL(thread_budget().threads, threads);
    CHECK_EQUAL(thread_budget().reason, std::string("set by the caller"));
  }
  set_thread_count(before);
}

#include "kindred/store/value_store.h"

#include <atomic>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <thread>

#include "reference/store/store.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

void check_equal(const StoreStatistics& a, const StoreStatistics& b) {
  CHECK_EQUAL(a.entries, b.entries);
  CHECK_EQUAL(a.bytes, b.bytes);
  CHECK_EQUAL(a.hits, b.hits);
  CHECK_EQUAL(a.misses, b.misses);
  CHECK_EQUAL(a.expiries, b.expiries);
  CHECK_EQUAL(a.evictions, b.evictions);
  CHECK_EQUAL(a.refused, b.refused);
}

}  // namespace

TEST(a_store_answers_as_a_list_does) {
  for (const uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    const int64_t limit = seed == 1 ? 4000 : seed == 2 ? 700 : 60000;
    ValueStore store(limit);
    reference::ValueStore expected(limit);
    for (int step = 0; step < 20000; ++step) {
      const std::string key = "key " + std::to_string(random.integer(0, 300));
      const int64_t what = random.integer(0, 9);
      const double now = step;
      if (what < 4) {
        std::string value(random.integer(0, 200), '\0');
        for (char& c : value) c = static_cast<char>(random.integer(0, 255));
        const double expires = random.integer(0, 2) == 0 ? now + static_cast<double>(random.integer(0, 400)) : kNever;
        const StoredValue given{key, value, static_cast<double>(random.integer(0, 5)), expires};
        CHECK_EQUAL(store.put(given), expected.put(given));
      } else if (what < 9) {
        std::string value, out(200, 'x');
        const int64_t size = expected.get(key, now, &value);
        const int64_t room = std::max<int64_t>(size, 0);
        CHECK_EQUAL(store.get(key, now, reinterpret_cast<uint8_t*>(out.data()), room), size);
        CHECK_EQUAL(out.substr(0, room), value);
      } else {
        CHECK_EQUAL(store.remove(key), expected.remove(key));
      }
    }
    check_equal(store.statistics(), expected.statistics());
    CHECK(store.bytes() <= limit);
    store.clear();
    CHECK_EQUAL(store.statistics().entries, 0);
    CHECK_EQUAL(store.bytes(), 0);
  }
}

TEST(a_value_of_another_size_is_left_alone) {
  ValueStore store(1000);
  store.put({"a", "four", 0, kNever});
  uint8_t out[8] = {7, 7, 7, 7, 7, 7, 7, 7};
  for (const int64_t room : {0, 3, 5, 8}) CHECK_EQUAL(store.get("a", 0, out, room), 4);
  for (const uint8_t byte : out) CHECK_EQUAL(byte, 7);
  CHECK_EQUAL(store.get("a", 0, out, 4), 4);
  CHECK(std::memcmp(out, "four", 4) == 0);
}

TEST(what_expires_is_found_at_that_moment_and_not_after) {
  ValueStore store(1000);
  store.put({"a", "v", 0, 5});
  uint8_t out = 0;
  CHECK_EQUAL(store.get("a", 5, &out, 1), 1);
  CHECK_EQUAL(store.get("a", 5.5, &out, 1), ValueStore::kExpired);
  CHECK_EQUAL(store.get("a", 5.5, &out, 1), ValueStore::kAbsent);
}

TEST(a_store_refuses_what_never_fits) {
  CHECK_THROWS("ERR_VALUE", "received 0", ValueStore(0));
  ValueStore store(ValueStore::kOverhead + 5);
  CHECK(store.put({"ab", "123", 0, kNever}));
  CHECK_THROWS("ERR_TOO_LARGE", "Raise maxBytes", store.put({"ab", "1234", 0, kNever}));
  uint8_t out[3];
  CHECK_EQUAL(store.get("ab", 0, out, 3), 3);
}

TEST(many_keys_are_all_found) {
  ValueStore store(1 << 28);
  for (int i = 0; i < 100000; ++i) store.put({std::to_string(i), std::to_string(i * 7), 0, kNever});
  CHECK_EQUAL(store.statistics().entries, 100000);
  for (int i = 0; i < 100000; ++i) {
    const std::string expected = std::to_string(i * 7);
    std::string out(expected.size(), ' ');
    const auto room = static_cast<int64_t>(out.size());
    CHECK_EQUAL(store.get(std::to_string(i), 0, reinterpret_cast<uint8_t*>(out.data()), room), room);
    CHECK_EQUAL(out, expected);
  }
}

TEST(threads_take_turns_and_no_value_is_torn) {
  ValueStore store(20000);
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Random random(t + 1);
      for (int step = 0; step < 20000; ++step) {
        const std::string key = std::to_string(random.integer(0, 150));
        if (random.integer(0, 1) == 0) {
          store.put({key, std::string(64, static_cast<char>('a' + t)), 0, kNever});
          continue;
        }
        char out[64];
        if (store.get(key, 0, reinterpret_cast<uint8_t*>(out), 64) != 64) continue;
        for (const char c : out) torn += c != out[0];
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(torn.load(), 0);
  const StoreStatistics found = store.statistics();
  CHECK(found.bytes <= 20000);
  CHECK_EQUAL(found.bytes >= 0 && found.entries > 0, true);
}

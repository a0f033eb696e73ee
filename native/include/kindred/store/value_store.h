// Small values of bytes by key, in memory: what was used longest ago goes first, what has expired is not found.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace kindred {

struct StoreStatistics {
  int64_t entries = 0;
  int64_t bytes = 0;      // of keys, values and what keeps them, which the limit is held against
  int64_t hits = 0;       // values that were found
  int64_t misses = 0;     // keys that were not
  int64_t expiries = 0;   // values that had expired when they were asked for; they count as misses too
  int64_t evictions = 0;  // values that went for want of room
  int64_t refused = 0;    // values that were older than what was there
};

struct StoredValue {
  std::string_view key, value;
  double order;    // of two values of a key, the one of the larger order stays; of equal ones the later
  double expires;  // not found from after this moment on; infinity: never
};

// All methods may be called from any thread: they take turns.
class ValueStore {
 public:
  static constexpr int64_t kAbsent = -1, kExpired = -2;
  // What an entry takes beside its key and its value, buckets and the allocator's share included.
  static constexpr int64_t kOverhead = 96;

  // Throws ERR_VALUE unless max_bytes > 0.
  explicit ValueStore(int64_t max_bytes);
  ~ValueStore();
  ValueStore(const ValueStore&) = delete;
  ValueStore& operator=(const ValueStore&) = delete;

  // Throws ERR_TOO_LARGE for a value that fits into no empty store.
  void check(std::string_view key, std::string_view value) const;

  // Keeps the value unless one of a larger order is there, which counts as refused. Throws as check does, before any
  // change. Returns whether it was kept.
  bool put(const StoredValue& value);

  // Copies the value into out where it has exactly `room` bytes; any other is left alone. Either way it was used last.
  // Returns its bytes, kAbsent, or kExpired, after which it is gone.
  int64_t get(std::string_view key, double now, uint8_t* out, int64_t room);

  // Whether there was one.
  bool remove(std::string_view key);
  void clear();

  StoreStatistics statistics() const;
  int64_t bytes() const;
  static int64_t bytes_of(std::string_view key, std::string_view value);

 private:
  struct Entry;
  struct Shard;

  Entry** find(std::string_view key, uint64_t hash) const;
  void insert(Entry* entry);
  void erase(Entry** place);
  void unlink(Entry* entry);
  void link_first(Entry* entry);

  const int64_t max_bytes_;
  mutable std::mutex mutex_;
  std::vector<Shard> shards_;
  Entry* first_ = nullptr;  // used last
  Entry* last_ = nullptr;   // used longest ago
  StoreStatistics statistics_;
};

}  // namespace kindred

#include "kindred/store/value_store.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Each grows by itself, so that no call waits until all keys are placed anew.
constexpr size_t kShards = 256;
constexpr size_t kFirstBuckets = 8;  // a power of two

// FNV-1a (Fowler, Noll and Vo), then the finisher of splitmix64: shards and buckets take different bits.
uint64_t hash_of(std::string_view key) {
  uint64_t h = 0xcbf29ce484222325u;
  for (const char c : key) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

}  // namespace

// Followed in memory by its key and its value.
struct ValueStore::Entry {
  Entry* newer;
  Entry* older;
  Entry* next;  // of its bucket
  uint64_t hash;
  double order, expires;
  uint32_t key_size, value_size;

  char* text() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() { return {text(), key_size}; }
  std::string_view value() { return {text() + key_size, value_size}; }

  static Entry* make(const StoredValue& from, uint64_t hash) {
    void* const memory = std::malloc(sizeof(Entry) + from.key.size() + from.value.size());
    if (!memory) throw std::bad_alloc();
    auto* const entry = new (memory) Entry{nullptr,
                                           nullptr,
                                           nullptr,
                                           hash,
                                           from.order,
                                           from.expires,
                                           static_cast<uint32_t>(from.key.size()),
                                           static_cast<uint32_t>(from.value.size())};
    std::memcpy(entry->text(), from.key.data(), from.key.size());
    if (!from.value.empty()) std::memcpy(entry->text() + from.key.size(), from.value.data(), from.value.size());
    return entry;
  }
};

struct ValueStore::Shard {
  std::vector<Entry*> buckets = std::vector<Entry*>(kFirstBuckets, nullptr);
  size_t entries = 0;

  Entry** bucket(uint64_t hash) { return &buckets[(hash >> 8) & (buckets.size() - 1)]; }

  void grow() {
    std::vector<Entry*> old(2 * buckets.size(), nullptr);
    old.swap(buckets);
    for (Entry* entry : old)
      while (entry) {
        Entry* const next = entry->next;
        Entry** const place = bucket(entry->hash);
        entry->next = *place;
        *place = entry;
        entry = next;
      }
  }
};

ValueStore::ValueStore(int64_t max_bytes) : max_bytes_(max_bytes), shards_(kShards) {
  if (max_bytes <= 0) fail_value("maxBytes: expected at least 1 but received " + std::to_string(max_bytes) + ".");
}

ValueStore::~ValueStore() { clear(); }

int64_t ValueStore::bytes_of(std::string_view key, std::string_view value) {
  return kOverhead + static_cast<int64_t>(key.size() + value.size());
}

// The pointer that leads to the entry, or to null at the end of its bucket.
ValueStore::Entry** ValueStore::find(std::string_view key, uint64_t hash) const {
  Entry** place = const_cast<Shard&>(shards_[hash % kShards]).bucket(hash);
  while (*place && ((*place)->hash != hash || (*place)->key() != key)) place = &(*place)->next;
  return place;
}

void ValueStore::link_first(Entry* entry) {
  entry->newer = nullptr;
  entry->older = first_;
  (first_ ? first_->newer : last_) = entry;
  first_ = entry;
}

void ValueStore::unlink(Entry* entry) {
  (entry->newer ? entry->newer->older : first_) = entry->older;
  (entry->older ? entry->older->newer : last_) = entry->newer;
}

void ValueStore::insert(Entry* entry) {
  Shard& shard = shards_[entry->hash % kShards];
  Entry** const place = shard.bucket(entry->hash);
  entry->next = *place;
  *place = entry;
  ++shard.entries;
  link_first(entry);
  ++statistics_.entries;
  statistics_.bytes += bytes_of(entry->key(), entry->value());
}

void ValueStore::erase(Entry** place) {
  Entry* const entry = *place;
  *place = entry->next;
  --shards_[entry->hash % kShards].entries;
  unlink(entry);
  --statistics_.entries;
  statistics_.bytes -= bytes_of(entry->key(), entry->value());
  std::free(entry);
}

void ValueStore::check(std::string_view key, std::string_view value) const {
  const int64_t bytes = bytes_of(key, value);
  if (bytes > max_bytes_ || key.size() > UINT32_MAX || value.size() > UINT32_MAX)
    throw Error("ERR_TOO_LARGE", "expected values that fit into the store's " + std::to_string(max_bytes_) +
                                     " bytes but one takes " + std::to_string(bytes) + ". Raise maxBytes.");
}

bool ValueStore::put(const StoredValue& value) {
  check(value.key, value.value);
  const int64_t bytes = bytes_of(value.key, value.value);
  const uint64_t hash = hash_of(value.key);
  const std::lock_guard guard(mutex_);
  Entry** const old = find(value.key, hash);
  if (*old && (*old)->order > value.order) {
    ++statistics_.refused;
    return false;
  }
  // What can fail comes before any change.
  Shard& shard = shards_[hash % kShards];
  if (!*old && shard.entries >= shard.buckets.size()) shard.grow();
  Entry* const entry = Entry::make(value, hash);
  if (Entry** const place = find(value.key, hash); *place) erase(place);
  while (statistics_.bytes + bytes > max_bytes_) {
    erase(find(last_->key(), last_->hash));
    ++statistics_.evictions;
  }
  insert(entry);
  return true;
}

int64_t ValueStore::get(std::string_view key, double now, uint8_t* out, int64_t room) {
  const uint64_t hash = hash_of(key);
  const std::lock_guard guard(mutex_);
  Entry** const place = find(key, hash);
  Entry* const entry = *place;
  if (!entry) {
    ++statistics_.misses;
    return kAbsent;
  }
  if (now > entry->expires) {
    erase(place);
    ++statistics_.misses;
    ++statistics_.expiries;
    return kExpired;
  }
  ++statistics_.hits;
  if (entry != first_) {
    unlink(entry);
    link_first(entry);
  }
  const auto size = static_cast<int64_t>(entry->value_size);
  if (size == room && size > 0) std::memcpy(out, entry->value().data(), size);
  return size;
}

bool ValueStore::remove(std::string_view key) {
  const uint64_t hash = hash_of(key);
  const std::lock_guard guard(mutex_);
  Entry** const place = find(key, hash);
  if (!*place) return false;
  erase(place);
  return true;
}

void ValueStore::clear() {
  const std::lock_guard guard(mutex_);
  for (Entry* entry = first_; entry;) {
    Entry* const older = entry->older;
    std::free(entry);
    entry = older;
  }
  first_ = last_ = nullptr;
  for (Shard& shard : shards_) shard = Shard{};
  statistics_.entries = statistics_.bytes = 0;
}

StoreStatistics ValueStore::statistics() const {
  const std::lock_guard guard(mutex_);
  return statistics_;
}

int64_t ValueStore::bytes() const { return statistics().bytes; }

}  // namespace kindred

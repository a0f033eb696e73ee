#include "reference/store/store.h"

namespace kindred::reference {

std::list<ValueStore::Entry>::iterator ValueStore::find(std::string_view key) {
  auto entry = entries_.begin();
  while (entry != entries_.end() && entry->key != key) ++entry;
  return entry;
}

void ValueStore::erase(std::list<Entry>::iterator entry) {
  statistics_.bytes -= kindred::ValueStore::bytes_of(entry->key, entry->value);
  --statistics_.entries;
  entries_.erase(entry);
}

bool ValueStore::put(const StoredValue& value) {
  if (const auto old = find(value.key); old != entries_.end()) {
    if (old->order > value.order) {
      ++statistics_.refused;
      return false;
    }
    erase(old);
  }
  const int64_t bytes = kindred::ValueStore::bytes_of(value.key, value.value);
  while (statistics_.bytes + bytes > max_bytes_) {
    erase(std::prev(entries_.end()));
    ++statistics_.evictions;
  }
  entries_.push_front({std::string(value.key), std::string(value.value), value.order, value.expires});
  statistics_.bytes += bytes;
  ++statistics_.entries;
  return true;
}

int64_t ValueStore::get(std::string_view key, double now, std::string* out) {
  const auto entry = find(key);
  if (entry == entries_.end()) {
    ++statistics_.misses;
    return kindred::ValueStore::kAbsent;
  }
  if (now > entry->expires) {
    erase(entry);
    ++statistics_.misses;
    ++statistics_.expiries;
    return kindred::ValueStore::kExpired;
  }
  ++statistics_.hits;
  *out = entry->value;
  entries_.splice(entries_.begin(), entries_, entry);
  return static_cast<int64_t>(out->size());
}

bool ValueStore::remove(std::string_view key) {
  const auto entry = find(key);
  if (entry == entries_.end()) return false;
  erase(entry);
  return true;
}

uint32_t crc32c(const uint8_t* data, int64_t size, uint32_t before) {
  uint32_t rest = ~before;
  for (int64_t i = 0; i < size; ++i) {
    rest ^= data[i];
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0x82F63B78u : 0u);
  }
  return ~rest;
}

}  // namespace kindred::reference

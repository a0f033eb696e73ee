// Stores of values and checksums by their definitions.
#pragma once

#include <list>
#include <string>

#include "kindred/store/value_store.h"

namespace kindred::reference {

// The same, in one list from what was used last to what was used longest ago.
class ValueStore {
 public:
  explicit ValueStore(int64_t max_bytes) : max_bytes_(max_bytes) {}
  bool put(const StoredValue& value);
  int64_t get(std::string_view key, double now, std::string* out);
  bool remove(std::string_view key);
  const StoreStatistics& statistics() const { return statistics_; }

 private:
  struct Entry {
    std::string key, value;
    double order, expires;
  };
  std::list<Entry>::iterator find(std::string_view key);
  void erase(std::list<Entry>::iterator entry);

  int64_t max_bytes_;
  std::list<Entry> entries_;
  StoreStatistics statistics_;
};

// Bit by bit.
uint32_t crc32c(const uint8_t* data, int64_t size, uint32_t before);

}  // namespace kindred::reference

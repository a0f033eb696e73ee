// Words that were seen lately and their ids, for one thread at a time: two places for each word by its hash.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace kindred {

class WordCache {
 public:
  // Appends the ids of a word; false where it is not known. After that, store() keeps those that have been appended
  // since.
  bool find(std::string_view word, std::vector<int32_t>& ids) {
    key_.length = 0;
    if (word.size() > kMaxLength) return false;
    if (entries_.empty()) entries_.resize(kEntries);
    key_ = Key{};
    key_.length = static_cast<uint8_t>(word.size());
    std::memcpy(key_.bytes, word.data(), word.size());
    uint64_t parts[4];
    std::memcpy(parts, &key_, sizeof parts);
    const uint64_t mixed = (parts[0] * 0x9E3779B97F4A7C15u) ^ ((parts[1] + 0x7F4A7C15u) * 0xC2B2AE3D27D4EB4Fu) ^
                           (parts[2] * 0x165667B19E3779F9u) ^ ((parts[3] + 0x27D4EB4Fu) * 0xD6E8FEB86659FD93u);
    at_ = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9u >> (64 - kBits);
    for (const uint64_t at : {at_, at_ ^ 1}) {
      const Entry& entry = entries_[at];
      if (std::memcmp(&entry.key, &key_, sizeof key_) != 0) continue;
      ids.insert(ids.end(), entry.ids, entry.ids + entry.count);
      return true;
    }
    return false;
  }

  void store(const std::vector<int32_t>& ids, size_t from) {
    if (key_.length == 0 || ids.size() - from > kMaxIds) return;
    entries_[at_ ^ 1] = entries_[at_];
    Entry& entry = entries_[at_];
    entry.key = key_;
    entry.count = static_cast<uint32_t>(ids.size() - from);
    std::copy(ids.begin() + static_cast<int64_t>(from), ids.end(), entry.ids);
  }

 private:
  static constexpr size_t kMaxLength = 31, kMaxIds = 7;
  static constexpr int kBits = 14;
  static constexpr size_t kEntries = size_t{1} << kBits;

  struct Key {
    uint8_t length = 0;  // 0: no word
    char bytes[kMaxLength] = {};
  };
  struct Entry {
    Key key;
    int32_t ids[kMaxIds];
    uint32_t count = 0;
  };
  static_assert(sizeof(Key) == 32 && sizeof(Entry) == 64);

  std::vector<Entry> entries_;
  Key key_;
  uint64_t at_ = 0;
};

}  // namespace kindred

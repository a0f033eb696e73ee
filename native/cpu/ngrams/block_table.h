// A number for each code point: blocks of them that are equal are kept once.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace kindred {

inline constexpr uint32_t kCodePoints = 0x110000;

template <class T>
class BlockTable {
 public:
  // all [kCodePoints]
  explicit BlockTable(const std::vector<T>& all) {
    std::map<std::vector<T>, uint16_t> seen;
    for (uint32_t begin = 0; begin < kCodePoints; begin += kMask + 1) {
      const auto [block, is_new] =
          seen.try_emplace({all.begin() + begin, all.begin() + begin + kMask + 1}, static_cast<uint16_t>(seen.size()));
      if (is_new) values_.insert(values_.end(), block->first.begin(), block->first.end());
      blocks_.push_back(block->second);
    }
  }

  T operator[](uint32_t point) const { return values_[blocks_[point >> kBits] << kBits | (point & kMask)]; }

 private:
  static constexpr int kBits = 7;
  static constexpr uint32_t kMask = (1 << kBits) - 1;

  std::vector<uint16_t> blocks_;  // [kCodePoints >> kBits]
  std::vector<T> values_;         // blocks that differ
};

}  // namespace kindred

// The merges of byte pair encoding: from two ids in a row to the rank of their merge and the id of what it makes.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred {

class Merges {
 public:
  // Rank in the upper half, id in the lower, so that the least is the one to do first.
  static constexpr uint64_t kNone = UINT64_MAX;

  explicit Merges(size_t count) {
    size_t size = 16;
    while (size < 2 * count) size *= 2;
    slots_.resize(size, {kNone, kNone});
  }

  // Of two merges of the same pair the last counts.
  void add(int32_t left, int32_t right, uint32_t rank, int32_t id) {
    Slot& slot = slots_[place(key(left, right))];
    slot = {key(left, right), static_cast<uint64_t>(rank) << 32 | static_cast<uint32_t>(id)};
  }
  uint64_t find(int32_t left, int32_t right) const { return slots_[place(key(left, right))].merge; }

  static int32_t id(uint64_t merge) { return static_cast<int32_t>(merge & UINT32_MAX); }

  int64_t bytes() const { return static_cast<int64_t>(slots_.size() * sizeof(Slot)); }

 private:
  struct Slot {
    uint64_t key, merge;
  };

  static uint64_t key(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  // The slot of a pair, or the empty one where it would be.
  size_t place(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t at = (key ^ key >> 32) * 0x9E3779B97F4A7C15u >> 20 & mask;
    while (slots_[at].key != key && slots_[at].key != kNone) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace kindred

// Neighbour lists that all threads offer to. What a list keeps does not depend on the order of the offers.
#pragma once

#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <vector>

#include "cpu/neighbors/knn.h"

namespace kindred {

class SharedLists {
 public:
  SharedLists(int64_t rows, int64_t neighbors) : lists_(rows, NeighborList(neighbors)), floors_(rows) {}

  // The floor of a list, as it is or was a moment ago: floors only rise.
  float floor(int64_t r) const { return floors_[r].load(std::memory_order_relaxed); }
  void copy_floors(int64_t count, float* floors) const {  // of lists [0, count)
    for (int64_t r = 0; r < count; ++r) floors[r] = floor(r);
  }

  // These return the list's floor.
  float push(int64_t r, Scored scored) {
    return change(r, [&](NeighborList& list) { list.push(scored); });
  }
  float push_all(int64_t r, const NeighborList& other) {
    return change(r, [&](NeighborList& list) { list.push_all(other); });
  }

  std::vector<Scored> take(int64_t r) { return lists_[r].take(); }

 private:
  template <class Change>
  float change(int64_t r, Change apply) {
    std::lock_guard lock(locks_[r % kLocks]);
    apply(lists_[r]);
    const float floor = lists_[r].floor();
    floors_[r].store(floor, std::memory_order_relaxed);
    return floor;
  }

  static constexpr int64_t kLocks = 256;

  std::vector<NeighborList> lists_;
  std::vector<std::atomic<float>> floors_;
  std::array<std::mutex, kLocks> locks_;
};

}  // namespace kindred

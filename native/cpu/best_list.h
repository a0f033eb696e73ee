// The k best of a stream of scored items: by score, ties by item row.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace kindred {

struct Scored {
  float score;
  int32_t item;
};

inline bool better(const Scored& a, const Scored& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

// A heap with the worst on top. Items must come in ascending order, so that a tie with the worst never enters.
class BestList {
 public:
  explicit BestList(int64_t k) : k_(k) {}

  // Only scores that are not <= this can enter: the worst score listed, NaN while there is room.
  float threshold() const {
    if (k_ == 0) return INFINITY;
    return full() ? heap_.front().score : NAN;
  }

  // One panel: scores [kPanel] of items first, first + 1, ...; only those in `eligible` count.
  void offer(const float* scores, int64_t first, uint64_t eligible) {
    if (k_ == 0) return;
    for (; eligible != 0; eligible &= eligible - 1) {
      const int i = std::countr_zero(eligible);
      if (!std::isnan(scores[i])) push({scores[i], static_cast<int32_t>(first + i)});
    }
  }

  void push(Scored scored) {
    if (!full()) {
      heap_.push_back(scored);
      std::push_heap(heap_.begin(), heap_.end(), better);
    } else if (better(scored, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = scored;
      std::push_heap(heap_.begin(), heap_.end(), better);
    }
  }

  const std::vector<Scored>& entries() const { return heap_; }

  // Best first into row [k]; what is left over becomes -1 and NaN. Leaves the list sorted, no longer a heap.
  void write(int32_t* items, float* scores) {
    std::sort(heap_.begin(), heap_.end(), better);
    const int64_t count = static_cast<int64_t>(heap_.size());
    for (int64_t i = 0; i < k_; ++i) {
      items[i] = i < count ? heap_[i].item : -1;
      scores[i] = i < count ? heap_[i].score : NAN;
    }
  }

 private:
  bool full() const { return static_cast<int64_t>(heap_.size()) == k_; }

  int64_t k_;
  std::vector<Scored> heap_;
};

}  // namespace kindred

// The k best of a stream of scored items: by score, ties by item row.
#pragma once

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace kindred {

struct Scored {
  float score;
  int32_t item;
};

inline bool better(const Scored& a, const Scored& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

// The largest float below, of those that differ where denormal numbers count as 0.
inline float next_below(float x) { return x == 0 ? -FLT_MIN : std::nextafter(x, -INFINITY); }

// A buffer of up to 2 k entries that is cut to the k best whenever it is full: O(1) an entry, where a heap takes
// O(log k).
class BestList {
 public:
  explicit BestList(int64_t k) : k_(k) {}

  // Only scores that are not less than this can enter, and of items that come in ascending order only those that are
  // not <= it. NaN while there is room.
  float threshold() const { return k_ == 0 ? INFINITY : threshold_; }

  // NaN is not listed.
  void push(Scored scored) {
    if (k_ == 0 || std::isnan(scored.score) || scored.score < threshold_) return;
    entries_.push_back(scored);
    const int64_t count = static_cast<int64_t>(entries_.size());
    if (count == (std::isnan(threshold_) ? k_ : k_ + std::max<int64_t>(k_, kSlack))) cut();
  }

  // The k best are among these.
  const std::vector<Scored>& entries() const { return entries_; }

  // The k best, in no order; the list is empty then.
  std::vector<Scored> take() {
    if (static_cast<int64_t>(entries_.size()) > k_) cut();
    threshold_ = NAN;
    return std::exchange(entries_, {});
  }

  // Best first into row [k]; what is left over becomes -1 and NaN. Leaves the list sorted.
  void write(int32_t* items, float* scores) {
    if (static_cast<int64_t>(entries_.size()) > k_) cut();
    std::sort(entries_.begin(), entries_.end(), better);
    const int64_t count = static_cast<int64_t>(entries_.size());
    for (int64_t i = 0; i < k_; ++i) {
      items[i] = i < count ? entries_[i].item : -1;
      scores[i] = i < count ? entries_[i].score : NAN;
    }
  }

 private:
  static constexpr int64_t kSlack = 16;

  void cut() {
    std::nth_element(entries_.begin(), entries_.begin() + (k_ - 1), entries_.end(), better);
    entries_.resize(k_);
    threshold_ = entries_.back().score;
  }

  int64_t k_;
  float threshold_ = NAN;
  std::vector<Scored> entries_;
};

}  // namespace kindred

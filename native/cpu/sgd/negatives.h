// Items drawn from a set, each equally likely or by its popularity.
#pragma once

#include <optional>
#include <vector>

#include "cpu/runtime/random.h"

namespace kindred {

class NegativeItems {
 public:
  // `items` [count] must outlive this; `popularity` [any] by item, or null for equal chances.
  NegativeItems(const int32_t* items, int64_t count, const int32_t* popularity, const AbortFlag* abort);

  int32_t draw(RandomStream& random) const {
    const int32_t k = random.below(count_);
    if (share_.empty()) return items_[k];
    return items_[random.uniform() < share_[k] ? k : alias_[k]];
  }

 private:
  const int32_t* items_;
  int64_t count_;
  std::vector<float> share_;  // alias tables (Walker 1977; Vose 1991), by place in items
  std::vector<int32_t> alias_;
};

// Any item of the catalogue.
class AnyItem {
 public:
  AnyItem(const AnyItem&) = delete;
  AnyItem& operator=(const AnyItem&) = delete;
  AnyItem(int64_t count, const int32_t* popularity, const AbortFlag* abort)
      : items_(popularity ? count : 0), count_(count) {
    for (size_t i = 0; i < items_.size(); ++i) items_[i] = static_cast<int32_t>(i);
    if (popularity) popular_.emplace(items_.data(), count, popularity, abort);
  }
  int32_t draw(RandomStream& random) const { return items_.empty() ? random.below(count_) : popular_->draw(random); }

 private:
  std::vector<int32_t> items_;
  int64_t count_;
  std::optional<NegativeItems> popular_;
};

}  // namespace kindred

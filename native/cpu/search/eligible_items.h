// Which items of a panel one query may list, as a 64-bit mask.
#pragma once

#include <algorithm>
#include <cstring>

#include "cpu/runtime/kernel_table.h"
#include "kindred/search/similarity.h"

namespace kindred {

// Walks panels of one query in ascending order; any may be left out.
class EligibleItems {
 public:
  EligibleItems(const ItemFilter& filter, int64_t query, int64_t items, int64_t first_panel) : items_(items) {
    if (filter.allow) allow_ = filter.allow + (filter.allow_shared ? 0 : query * ((items + 7) / 8));
    if (filter.exclude) {
      next_ = filter.exclude->indices + filter.exclude->indptr[query];
      end_ = filter.exclude->indices + filter.exclude->indptr[query + 1];
      next_ = std::lower_bound(next_, end_, first_panel * kPanel);
    }
  }

  uint64_t mask(int64_t panel) {
    const int64_t first = panel * kPanel, count = std::min(kPanel, items_ - first);
    uint64_t mask = count == kPanel ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    if (allow_) mask &= allowed(first, count);
    while (next_ != end_ && *next_ < first) ++next_;
    for (; next_ != end_ && *next_ < first + kPanel; ++next_) mask &= ~(uint64_t{1} << (*next_ - first));
    return mask;
  }

 private:
  uint64_t allowed(int64_t first, int64_t count) const {
    uint64_t bits = 0;
    for (int64_t byte = 0; byte * 8 < count; ++byte)
      bits |= static_cast<uint64_t>(allow_[first / 8 + byte]) << (8 * byte);
    return bits;
  }

  int64_t items_;
  const uint8_t* allow_ = nullptr;
  const int32_t* next_ = nullptr;  // excluded items not yet passed
  const int32_t* end_ = nullptr;
};

}  // namespace kindred

// The eligible items of a query, one after the other.
#pragma once

#include <bit>
#include <cmath>

#include "cpu/search/eligible_items.h"

namespace kindred {

// Calls visit(item, score) for each eligible item of panels [first, last) of a query, in ascending order.
template <class Visit>
void each_eligible(ConstMatrix scores, int64_t query, const ItemFilter& filter, int64_t first, int64_t last,
                   Visit visit) {
  EligibleItems eligible(filter, query, scores.cols, first);
  const float* row = scores.row(query);
  for (int64_t p = first; p < last; ++p)
    for (uint64_t mask = eligible.mask(p); mask != 0; mask &= mask - 1) {
      const int64_t item = p * kPanel + std::countr_zero(mask);
      if (!std::isnan(row[item])) visit(item, row[item]);
    }
}

}  // namespace kindred

// What lists hold, from the probability that each item, and each pair of items, is in them.
#pragma once

#include <vector>

#include "kindred/evaluate/lists.h"

namespace kindred::reference {

struct ListMeasures {
  std::vector<double> misses, exposures;  // [items]
  std::vector<double> sums;               // [queries, value_count]
};

// values [value_count, items]; lists of the first k.
ListMeasures measure_lists(ConstMatrix scores, const ItemFilter& filter, int64_t k, const std::vector<double>& values,
                           int64_t value_count);

// [queries]
std::vector<double> pair_similarities(ConstMatrix scores, const ItemFilter& filter, int64_t k,
                                      const ItemVectors& vectors);

}  // namespace kindred::reference

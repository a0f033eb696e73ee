// Ranks and listing probabilities from whole sorted lists.
#pragma once

#include <vector>

#include "kindred/search/similarity.h"

namespace kindred::reference {

struct Ranks {
  std::vector<int32_t> before, tied;  // [relevant.nonzeros()]
  std::vector<int32_t> eligible;      // [queries]
};

Ranks rank_items(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter);

// [items]: the probability that no query lists the item among its first k.
std::vector<double> misses(ConstMatrix scores, const ItemFilter& filter, int64_t k);

}  // namespace kindred::reference

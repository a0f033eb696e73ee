// Ranks from whole sorted lists.
#pragma once

#include <vector>

#include "kindred/search/similarity.h"

namespace kindred::reference {

struct Ranks {
  std::vector<int32_t> before, tied;  // [relevant.nonzeros()]
  std::vector<int32_t> eligible;      // [queries]
};

Ranks rank_items(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter);

}  // namespace kindred::reference

// Where items stand in the full ranking of a query, for evaluation. Equal scores are ties: an order among them would be
// the log's, so that ranks tell how many items tie, and what depends on their order is an expectation over all orders.
#pragma once

#include <cstdint>

#include "kindred/search/similarity.h"

namespace kindred {

struct Ranks {
  int32_t* before;    // [relevant.nonzeros()] eligible items of a higher score; -1 where it is itself not eligible
  int32_t* tied;      // [relevant.nonzeros()] eligible items of the same score, itself among them; 0 there
  int32_t* eligible;  // [queries] how many items are eligible
};

// relevant [queries, items]: the pattern. An item whose score is NaN is not eligible. Time O(items log relevant) a
// query.
void rank_items(ConstMatrix scores, const CsrView& relevant, const ItemFilter& filter, Ranks out,
                const AbortFlag* abort);

}  // namespace kindred

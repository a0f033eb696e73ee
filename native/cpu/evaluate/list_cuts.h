// Where lists of the first k end among scores.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/search/similarity.h"

namespace kindred {

// Which scores a list holds: all above the threshold, and `places` of the `tied` items that are equal to it, each set
// of them as likely as another. A list that has room for all holds all that is not less than -inf.
struct ListCut {
  float threshold;
  int64_t places, tied;

  // The probability that the list holds an item of this score.
  double listed(float score) const {
    if (score != threshold) return score > threshold ? 1 : 0;
    return static_cast<double>(places) / static_cast<double>(tied);
  }
};

// The cuts [count] of a query, one for each of `lengths`, all > 0.
void find_cuts(ConstMatrix scores, int64_t query, const ItemFilter& filter, const int32_t* lengths, int64_t count,
               ListCut* cuts);

}  // namespace kindred

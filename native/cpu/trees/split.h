// The best split of a leaf by one column.
#pragma once

#include <cstdint>

#include "cpu/trees/histogram.h"
#include "kindred/trees/booster.h"

namespace kindred::trees {

struct Split {
  double gain = 0;
  int32_t column = -1;  // none
  uint8_t bin = 0;      // bins up to it go left
  bool missing_left = false;
  Sums left{};  // of the rows that go left
};

// Which of the codes go right: those for which (code - shift) mod 256 > bin. Missing, 0, is then the least or the
// greatest.
struct Cut {
  uint8_t shift, bin;

  Cut(uint8_t bin, bool missing_left)
      : shift(missing_left ? 0 : 1), bin(static_cast<uint8_t>(missing_left ? bin : bin - 1)) {}
  bool right(uint8_t code) const { return static_cast<uint8_t>(code - shift) > bin; }
};

// Makes `best` the best split by `column` where that gains more: thresholds ascending, what is missing on the right
// first. `total`: of the whole leaf. `bins` is that of BinnedTable.
void find_split(const Sums* histogram, int64_t bins, int32_t column, Sums total, const Units& units,
                const BoosterOptions& options, Split& best);

}  // namespace kindred::trees

#include "cpu/trees/split.h"

#include <algorithm>

namespace kindred::trees {

void find_split(const Sums* histogram, int64_t bins, int32_t column, Sums total, const Units& units,
                const BoosterOptions& options, Split& best) {
  const Sums missing = histogram[0];
  const bool some_missing = missing[1] != 0;
  const double first = units.first_of(total), second = units.second_of(total);
  const double before = first * first / (second + options.l2);
  double enough = std::max(best.gain, options.gain) + before;
  const int64_t least_rows = options.leaf_rows, rows = units.rows_of(total);

  const auto consider = [&](Sums left, int64_t bin, bool missing_left) {
    const int64_t left_rows = units.rows_of(left);
    if (left_rows < least_rows || rows - left_rows < least_rows) return;
    const Sums right = total - left;
    const double left_second = units.second_of(left), right_second = units.second_of(right);
    if (left_second < options.leaf_weight || right_second < options.leaf_weight) return;
    const double left_first = units.first_of(left), right_first = units.first_of(right);
    const double left_size = left_second + options.l2, right_size = right_second + options.l2;
    // The gain before what it is less, times both sizes: most thresholds need no division.
    const double sum = left_first * left_first * right_size + right_first * right_first * left_size;
    if (!(sum > enough * (left_size * right_size))) return;
    const double gain = sum / (left_size * right_size) - before;
    if (!(gain > best.gain && gain > options.gain)) return;
    best = {gain, column, static_cast<uint8_t>(bin), missing_left, left};
    enough = gain + before;
  };

  // The last bin ends no split but that of what is missing from what is not.
  const int64_t last = bins - 1;
  Sums left{};
  for (int64_t bin = 1; bin < last; ++bin) {
    if (histogram[bin][1] == 0) continue;
    left += histogram[bin];
    if (!some_missing) {
      consider(left, bin, 2 * units.rows_of(left) >= rows);
      continue;
    }
    consider(left, bin, false);
    consider(left + missing, bin, true);
  }
  if (some_missing) consider(total - missing, last, false);
}

}  // namespace kindred::trees

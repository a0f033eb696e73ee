// Categories as numbers that say what was known of their labels.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred::trees {

// The category of each row, -1 where missing; or the categories of each row, where there are offsets [rows + 1].
struct CategorySource {
  const int32_t* codes = nullptr;
  const int32_t* offsets = nullptr;
  int64_t categories = 0;  // codes are below it
};

// Ordered target statistics (Prokhorenkova et al. 2018, "CatBoost: unbiased boosting with categorical features", 3.2):
// in a random order of the rows, drawn from the seed and the same for all columns, each row's category becomes (sum of
// labels + weight prior) / (count + weight) over the rows before it that have the category, so that no row sees its own
// label; NaN where it is missing. Of several categories of a row the mean, NaN where there are none. outs[c] [rows];
// totals[c] [categories] becomes the same statistic over all rows: what a row not trained on has. Same bits for any
// number of threads. Throws ERR_VALUE for a code that there is not.
void ordered_target_statistics(const std::vector<CategorySource>& sources, const float* labels, int64_t rows,
                               double prior, double weight, uint64_t seed, const std::vector<double*>& outs,
                               const std::vector<double*>& totals, const AbortFlag* abort);

}  // namespace kindred::trees

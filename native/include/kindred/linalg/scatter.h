// Means and scatter matrices of rows: what covariances are made of.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct ColumnMoments {
  std::vector<double> mean;     // [cols]
  std::vector<double> squares;  // [cols], sums of (x - mean)^2
};

// Two passes, in double. The same bits for any number of threads. Throws ERR_VALUE for a matrix without rows.
ColumnMoments column_moments(ConstMatrix x, const AbortFlag* abort);

struct Scatter {
  std::vector<double> mean;  // [cols]
  std::vector<double> sums;  // [cols, cols], symmetric: the sum over rows of (x - mean)(x - mean)'
};

// What the sums are in. `float_blocks`: products and their sums over 2,048 rows in float, of rows less the mean of a
// sample, the rest in double; a sum is then off by some 1e-7 of the product of the two columns' deviations.
// `automatic`: in double where that takes a moment, up to rows * cols^2 = 2^32.
enum class ScatterSums { automatic, float_blocks, doubles };

// The same bits for any number of threads. Throws ERR_VALUE for a matrix without rows, one that holds what is not
// finite, or whose products leave the range of floats.
Scatter scatter(ConstMatrix x, ScatterSums kind, const AbortFlag* abort);

}  // namespace kindred

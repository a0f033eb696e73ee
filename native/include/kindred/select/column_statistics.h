// What filters of columns look at: moments, sums by class, correlations. All sums are in double, over the rows in their
// order: the same bits for any number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct TargetMoments {
  std::vector<double> means;        // [cols]
  std::vector<double> variances;    // [cols] about the mean, divided by rows
  std::vector<double> covariances;  // [cols] with the target, divided by rows; empty without one
};

// target [x.rows] or null. Throws ERR_VALUE for a number that is not finite, naming its row and column.
TargetMoments target_moments(ConstMatrix x, const double* target, const AbortFlag* abort);

struct ClassSums {
  std::vector<double> counts;  // [classes] rows
  std::vector<double> sums;    // [classes, cols]
  std::vector<double> within;  // [cols] squares about the mean of the class
};

// classes_of [x.rows] in [0, classes). Throws ERR_VALUE for a number that is not finite, and, where `counted` says that
// columns are counts or frequencies, for one below 0; ERR_SHAPE for a class out of range, and for more classes than
// rows.
ClassSums class_sums(ConstMatrix x, const int32_t* classes_of, int64_t classes, bool counted, const AbortFlag* abort);

struct CorrelatedColumns {
  std::vector<int32_t> earlier;      // [cols] the first kept column that this one goes with; -1: it is kept itself
  std::vector<double> correlations;  // [cols] with that column; 0 where it is kept
};

// Of columns [cols, rows] as write_columns leaves them, centred and standardised: which go with an earlier one that is
// kept, |r| over the threshold. Pearson's r of a constant column counts as 0.
CorrelatedColumns correlated_columns(const float* columns, int64_t cols, int64_t rows, double threshold,
                                     const AbortFlag* abort);

// out [x.rows, count]: the columns asked for, in that order. Throws ERR_SHAPE for one that x does not have.
void take_columns(ConstMatrix x, const int32_t* columns, int64_t count, float* out, const AbortFlag* abort);

}  // namespace kindred

// What linear models are fitted to: the columns of a table one after another, centred and scaled.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct ColumnStatistics {
  std::vector<double> means;    // [cols] that were taken off; 0 unless centred
  std::vector<double> scales;   // [cols] that columns were divided by; 1 unless standardised, and for constant columns
  std::vector<double> squares;  // [cols] sums of squares of what was written
};

// Writes the columns of x [any, cols] at `rows` [count], in that order, or all of them where it is null (count ==
// x.rows), to columns [cols, count]. Sums are in double; the same bits for any number of threads. Standardised: divided
// by the standard deviation (of the whole, not of a sample) about the mean, whether or not that is taken off.
// Throws ERR_VALUE for a number that is not finite, naming its row and column, ERR_SHAPE for a row that x does not
// have.
ColumnStatistics write_columns(ConstMatrix x, const int32_t* rows, int64_t count, bool center, bool standardize,
                               float* columns, const AbortFlag* abort);

// out [x.rows] = x weights + intercept, sums in double.
void linear_predict(ConstMatrix x, const double* weights, double intercept, float* out, const AbortFlag* abort);

}  // namespace kindred

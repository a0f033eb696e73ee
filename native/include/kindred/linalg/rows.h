// Rows mapped by one matrix, or fused with others.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// out [x.rows, weights.cols] = x weights + bias [weights.cols], in float; the bits of a row depend on no other row.
// ERR_SHAPE where sizes do not fit, ERR_VALUE for a row that holds what is not finite, naming it.
void map_rows(ConstMatrix x, ConstMatrix weights, const float* bias, Matrix out, const AbortFlag* abort);

// What fuse_rows writes: row r of `to` in its columns [column, column + from.cols) gains, or becomes,
// scales[r] * from[places[r]], divided by the row's norm with `normalize` (a row of zeros stays one). Where places[r]
// is -1, it is scales[r] * absent [from.cols], or 0 where that is null.
struct FusedRows {
  ConstMatrix from;
  const int32_t* places;  // [to.rows], -1 or below from.rows
  const float* scales;    // [to.rows]
  const float* absent;    // [from.cols] or null
  int64_t column;
  bool normalize;
  bool add;
};

// Returns how many of the rows taken are zeros. ERR_SHAPE where sizes or places do not fit.
int64_t fuse_rows(const FusedRows& rows, Matrix to, const AbortFlag* abort);

// The mean of the rows, each divided by its norm with `normalize`; zeros where there are none.
std::vector<float> mean_of_rows(ConstMatrix x, bool normalize, const AbortFlag* abort);

}  // namespace kindred

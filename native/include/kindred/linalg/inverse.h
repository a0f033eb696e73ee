// Inversion of symmetric positive definite matrices in place, a range of pivots at a time.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Sweeps the pivots [begin, end) of the symmetric a [n, n] (Goodnight 1979, "A tutorial on the SWEEP operator"), of
// which only the lower triangle is read; what lies above the diagonal afterwards means nothing. With all pivots done,
// in ascending ranges, the lower triangle is that of minus the inverse: n^3 operations, as many as Cholesky's
// potrf + potri, all but a few of them in dense products. Sums are in float, the inverse of a diagonal block in double.
// The same bits for any number of threads, and for any ranges that are multiples of kPivotBlock.
//
// diagonal [n]: the diagonal before any pivot was taken. Throws ERR_NOT_POSITIVE_DEFINITE, naming the pivot, when too
// little of it remains for the precision of floats: the matrix is not positive definite, or too nearly so. Then, or
// when aborted, a holds nothing of use.
constexpr int64_t kPivotBlock = 256;
void invert_pivots(Matrix a, const float* diagonal, int64_t begin, int64_t end, const AbortFlag* abort);

}  // namespace kindred

// Inversion of symmetric positive definite matrices in place, a range of pivots at a time.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// How the products of blocks are formed.
enum class SweepProducts {
  classical,
  strassen  // in 7/8 of the operations, with larger errors: for large matrices whose rows are of like size
};

// Sweeps the pivots [begin, end) of the symmetric a [n, n] (Goodnight 1979, "A tutorial on the SWEEP operator"), of
// which only the lower triangle is read; what lies above the diagonal afterwards means nothing. With all pivots swept,
// in ascending ranges, the lower triangle is that of minus the inverse: n^3 operations, as many as Cholesky's
// potrf + potri, all but a few of them in dense products. Sums are in float, the inverse of a diagonal block in double.
// The same bits for any number of threads, and for any ranges that are multiples of kSweepBlock. Strassen's products
// take another 18 KiB of memory for each row.
//
// diagonal [n]: the diagonal before anything was swept. Throws ERR_NOT_POSITIVE_DEFINITE, naming the pivot, when too
// little of it remains for the precision of floats: the matrix is not positive definite, or too nearly so. Then, or
// when aborted, a holds nothing of use.
constexpr int64_t kSweepBlock = 1024;
void sweep(Matrix a, const float* diagonal, int64_t begin, int64_t end, const AbortFlag* abort,
           SweepProducts products = SweepProducts::classical);

// a[i][j] *= scale[i] * scale[j] in the lower triangle of a [n, n], scale [n].
void scale_symmetric(Matrix a, const float* scale, const AbortFlag* abort);

}  // namespace kindred

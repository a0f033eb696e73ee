// Orthonormal rows where a decomposition gives fewer, or too inexact ones.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// The largest of n >= 1 elements becomes positive, the first of several, and the others with it.
void turn_peak_up(double* vector, int64_t n);

// vectors [count, dims], count <= dims. Rows before `exact` are orthonormal; those before `some` nearly so: they are
// made so, in order; the rest become unit vectors less what lies in the rows before. The largest element of each row
// becomes positive.
void complete_orthonormal(double* vectors, int64_t exact, int64_t some, int64_t count, int64_t dims,
                          const AbortFlag* abort);

}  // namespace kindred

// Numbers as dense keys.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Gives each distinct number of a [a_count] and b [b_count] a key from 0 on, in order of first appearance in a, then b;
// -1 for NaN; 0 and -0 are one. Returns how many keys there are. Throws ERR_TOO_LARGE beyond 2^31 - 1 numbers in all.
int64_t dense_keys(const double* a, int64_t a_count, const double* b, int64_t b_count, int32_t* a_keys, int32_t* b_keys,
                   const AbortFlag* abort);

}  // namespace kindred

// Dropout by a generator of counters: which numbers fall away depends on the seed and the place alone.
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// y[i] = x[i] / (1 - rate), or 0 with probability `rate`, 0 <= rate < 1. y may be x. Its gradient is the same function
// of dy.
void dropout(const float* x, int64_t n, float rate, uint64_t seed, float* y, const AbortFlag* abort);

}  // namespace kindred::nn

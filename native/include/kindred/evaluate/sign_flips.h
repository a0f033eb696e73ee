// The paired randomisation test (Fisher 1935; Smucker, Allan and Carterette 2007, "A comparison of statistical
// significance tests for information retrieval evaluation", section 3.2).
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// values [series, users], row-major: a difference per user, NaN where a series leaves the user out. Each round turns
// the sign of each user's difference with probability one half, of the same users in every series, by bits of
// xoshiro128** that the seed starts. Returns two-sided p-values [series]: (1 + rounds whose sum is at least as far from
// 0 as the sum of `values`) / (1 + rounds) (Phipson and Smyth 2010, "Permutation p-values should never be zero"), NaN
// where a series has no users. Sums are equal that differ by less than 1e-12 of the sum of absolute values. The same
// bits for any number of threads.
std::vector<double> sign_flip_p_values(const double* values, int64_t series, int64_t users, int64_t rounds,
                                       uint64_t seed, const AbortFlag* abort);

}  // namespace kindred

// Means of resamples, behind the percentile bootstrap (Efron 1979, "Bootstrap methods: another look at the jackknife").
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// values [series, users], row-major: a number per user, NaN where a series leaves the user out. Each resample draws
// `users` users with replacement, the same for every series, from one stream of xoshiro128** (Blackman and Vigna 2018)
// that the seed starts. Returns the means [series, resamples], NaN where a resample holds nobody of the series. The
// same bits for any number of threads: each sum is taken in the order of the users.
std::vector<double> bootstrap_means(const double* values, int64_t series, int64_t users, int64_t resamples,
                                    uint64_t seed, const AbortFlag* abort);

}  // namespace kindred

// Means of bootstrap resamples, one number after the other.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred::reference {

std::vector<double> bootstrap_means(const std::vector<double>& values, int64_t series, int64_t users, int64_t resamples,
                                    uint64_t seed);

}  // namespace kindred::reference

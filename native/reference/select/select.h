// Filters of columns by their definitions, scalar and in double.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred::reference {

// Nearest neighbours and counts by looking at every pair. Numbers are taken as they are: no scaling, no noise.
double mutual_information_of_numbers(const std::vector<double>& x, const std::vector<double>& y, int64_t neighbors);
double mutual_information_of_classes(const std::vector<double>& numbers, const std::vector<int32_t>& classes,
                                     int64_t neighbors);

// The digamma function of a whole number from 1 on.
double digamma(int64_t n);

}  // namespace kindred::reference

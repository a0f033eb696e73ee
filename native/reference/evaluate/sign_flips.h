// Paired randomisation, one sum after the other.
#pragma once

#include <cstdint>
#include <vector>

namespace kindred::reference {

std::vector<double> sign_flip_p_values(const std::vector<double>& values, int64_t series, int64_t users, int64_t rounds,
                                       uint64_t seed);

}  // namespace kindred::reference

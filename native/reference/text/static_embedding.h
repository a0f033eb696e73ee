// The mean of tokens' rows, scalar and in double.
#pragma once

#include <vector>

#include "kindred/text/static_embedding.h"

namespace kindred::reference {

// [dims]: the mean over `ids`, divided by its norm if asked.
std::vector<double> static_vector(const StaticTable& table, const std::vector<int32_t>& ids, bool normalize);

}  // namespace kindred::reference

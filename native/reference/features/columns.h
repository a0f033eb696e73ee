// Columns of a table, row after row.
#pragma once

#include "kindred/features/columns.h"

namespace kindred::reference {

std::vector<FeatureCounts> fill_features(Matrix out, const std::vector<FeatureColumn>& columns);

}  // namespace kindred::reference

// Row normalisation, scalar and in double.
#pragma once

#include <vector>

#include "kindred/linalg/normalize.h"

namespace kindred::reference {

struct NormalizedRows {
  std::vector<double> values;  // [rows, cols]
  int64_t zeros = 0;           // rows of norm zero
};

NormalizedRows normalize_rows(ConstMatrix matrix);

}  // namespace kindred::reference

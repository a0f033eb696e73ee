#include "reference/linalg/normalize.h"

#include <cmath>

namespace kindred::reference {

NormalizedRows normalize_rows(ConstMatrix matrix) {
  NormalizedRows out;
  for (int64_t r = 0; r < matrix.rows; ++r) {
    // The square of every finite float is within the range of a double.
    double squares = 0;
    for (int64_t c = 0; c < matrix.cols; ++c) squares += static_cast<double>(matrix.row(r)[c]) * matrix.row(r)[c];
    if (squares == 0) ++out.zeros;
    for (int64_t c = 0; c < matrix.cols; ++c)
      out.values.push_back(squares == 0 ? 0 : matrix.row(r)[c] / std::sqrt(squares));
  }
  return out;
}

}  // namespace kindred::reference

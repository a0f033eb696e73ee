#include "reference/linalg/scatter.h"

namespace kindred::reference {

Scatter scatter(ConstMatrix x) {
  Scatter out{std::vector<double>(x.cols, 0.0), std::vector<double>(x.cols * x.cols, 0.0)};
  for (int64_t c = 0; c < x.cols; ++c) {
    for (int64_t r = 0; r < x.rows; ++r) out.mean[c] += x.row(r)[c];
    out.mean[c] /= static_cast<double>(x.rows);
  }
  for (int64_t i = 0; i < x.cols; ++i)
    for (int64_t j = 0; j < x.cols; ++j)
      for (int64_t r = 0; r < x.rows; ++r)
        out.sums[i * x.cols + j] += (x.row(r)[i] - out.mean[i]) * (x.row(r)[j] - out.mean[j]);
  return out;
}

}  // namespace kindred::reference

#include "reference/linalg/rows.h"

#include <cmath>

namespace kindred::reference {

std::vector<double> map_rows(ConstMatrix x, ConstMatrix weights, const float* bias) {
  std::vector<double> out(x.rows * weights.cols);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < weights.cols; ++c) {
      double sum = bias[c];
      for (int64_t k = 0; k < x.cols; ++k) sum += static_cast<double>(x.row(r)[k]) * weights.row(k)[c];
      out[r * weights.cols + c] = sum;
    }
  return out;
}

int64_t fuse_rows(const FusedRows& rows, std::vector<double>& to, int64_t cols) {
  int64_t zeros = 0;
  for (int64_t r = 0; r < static_cast<int64_t>(to.size()) / cols; ++r) {
    const int32_t place = rows.places[r];
    const float* const own = place >= 0 ? rows.from.row(place) : rows.absent;
    double squares = 0;
    for (int64_t c = 0; c < rows.from.cols && place >= 0; ++c) squares += static_cast<double>(own[c]) * own[c];
    if (place >= 0 && squares == 0) ++zeros;
    const double norm = rows.normalize && place >= 0 && squares > 0 ? std::sqrt(squares) : 1;
    for (int64_t c = 0; c < rows.from.cols; ++c) {
      double& out = to[r * cols + rows.column + c];
      out = (rows.add ? out : 0) + (own ? rows.scales[r] * own[c] / norm : 0);
    }
  }
  return zeros;
}

}  // namespace kindred::reference

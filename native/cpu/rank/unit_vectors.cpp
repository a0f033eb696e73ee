#include "cpu/rank/unit_vectors.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {

UnitVectors::UnitVectors(const ListCandidates& candidates, const AbortFlag* abort)
    : dims_(candidates.vectors.cols), zeros_(dims_), rows_(candidates.count), inverse_(candidates.count) {
  for (int64_t i = 0; i < candidates.count; ++i) {
    const int32_t row = candidates.rows[i];
    if (row < -1 || row >= candidates.vectors.rows)
      fail_shape("rows: expected -1 or one of the " + std::to_string(candidates.vectors.rows) +
                 " vectors but received " + std::to_string(row) + ".");
    rows_[i] = row < 0 ? zeros_.data() : candidates.vectors.row(row);
  }
  parallel_for(candidates.count, kCandidatesPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> own(dims_);
    for (int64_t i = begin; i < end; ++i) {
      std::copy(rows_[i], rows_[i] + dims_, own.begin());
      const double square = kernels().dot_widened(rows_[i], own.data(), dims_);
      if (!std::isfinite(square))
        fail_value("vectors: expected finite numbers but that of candidate " + std::to_string(i) + " has others.");
      inverse_[i] = square > 0 ? 1 / std::sqrt(square) : 0;
    }
  });
}

void UnitVectors::cosines(int64_t i, int64_t begin, int64_t end, double* cosines) const {
  std::vector<double> own(rows_[i], rows_[i] + dims_);
  for (double& value : own) value *= inverse_[i];
  for (int64_t n = begin; n < end; ++n)
    cosines[n - begin] = kernels().dot_widened(rows_[n], own.data(), dims_) * inverse_[n];
}

}  // namespace kindred

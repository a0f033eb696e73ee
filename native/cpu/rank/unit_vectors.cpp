#include "cpu/rank/unit_vectors.h"

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
  const std::vector<double> ones(dims_, 1.0);
  parallel_for(candidates.count, kCandidatesPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const double square = kernels().weighted_square(rows_[i], ones.data(), dims_);
      if (!std::isfinite(square))
        fail_value("vectors: expected finite numbers but that of candidate " + std::to_string(i) + " has others.");
      inverse_[i] = square > 0 ? 1 / std::sqrt(square) : 0;
    }
  });
}

void UnitVectors::choose(int64_t i) {
  units_.emplace_back(rows_[i], rows_[i] + dims_);
  for (double& value : units_.back()) value *= inverse_[i];
}

double UnitVectors::cosine(int64_t i, int64_t n) const {
  return kernels().dot_widened(rows_[i], units_[n].data(), dims_) * inverse_[i];
}

}  // namespace kindred

#include "reference/text/static_embedding.h"

#include <cmath>

namespace kindred::reference {

std::vector<double> static_vector(const StaticTable& table, const std::vector<int32_t>& ids, bool normalize) {
  std::vector<double> out(table.dims, 0.0);
  double squares = 0;
  for (int64_t d = 0; d < table.dims; ++d) {
    for (const int32_t id : ids) out[d] += static_cast<double>(table.scales[id]) * table.rows[id * table.dims + d];
    if (!ids.empty()) out[d] /= static_cast<double>(ids.size());
    squares += out[d] * out[d];
  }
  if (normalize && squares > 0)
    for (double& value : out) value /= std::sqrt(squares);
  return out;
}

}  // namespace kindred::reference

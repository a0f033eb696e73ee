#include "reference/features/columns.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace kindred::reference {

std::vector<FeatureCounts> fill_features(Matrix out, const std::vector<FeatureColumn>& columns) {
  std::vector<FeatureCounts> counts(columns.size());
  for (int64_t i = 0; i < out.rows; ++i)
    for (size_t c = 0; c < columns.size(); ++c) {
      float* target = out.row(i) + columns[c].first;
      if (columns[c].is_number) {
        const NumberColumn& column = columns[c].number;
        double x = column.values[i];
        if (std::fabs(x) < DBL_MIN) x = 0;
        if (x < column.low || x > column.high) {
          ++counts[c].odd;
          x = column.drop_outliers ? NAN : std::clamp(x, column.low, column.high);
        }
        if (column.flag) target[1] = std::isnan(x) ? 1.0f : 0.0f;
        if (std::isnan(x)) {
          ++counts[c].missing;
          x = column.fill;
        }
        double y = (x - column.center) / column.scale;
        if (y < column.out_low) y = column.out_low;
        if (y > column.out_high) y = column.out_high;
        target[0] = std::fabs(y) < FLT_MIN ? 0.0f : static_cast<float>(y);
      } else {
        const CategoryColumn& column = columns[c].category;
        const int64_t entry = column.codes[i] + 1;
        if (entry == 0) ++counts[c].missing;
        if (column.unseen[entry]) ++counts[c].odd;
        if (column.places[entry] >= 0) target[column.places[entry]] = column.values[entry];
      }
    }
  return counts;
}

}  // namespace kindred::reference

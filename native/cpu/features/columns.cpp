#include "kindred/features/columns.h"

#include <algorithm>
#include <atomic>
#include <cfloat>
#include <cmath>
#include <memory>
#include <string>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// Rows of a task, and floats of a block of rows, over which one column after the other goes while they are in the
// cache.
constexpr int64_t kRows = 4096;
constexpr int64_t kBlock = 1 << 13;

void check(const FeatureColumn& column, int64_t cols, const AbortFlag* abort) {
  if (column.first < 0 || column.width < 0 || column.first > cols - column.width)
    fail_shape("columns: expected them within the " + std::to_string(cols) + " of the matrix.");
  if (column.is_number) {
    if (column.width != (column.number.flag ? 2 : 1))
      fail_shape("columns: a number takes one column, two with a flag.");
    return;
  }
  const CategoryColumn& category = column.category;
  if (category.entries < 1) fail_shape("columns: a category needs an entry for what is missing.");
  in_steps(category.entries, abort, [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e)
      if (category.places[e] < -1 || category.places[e] >= column.width)
        fail_value("places: expected numbers from -1 to " + std::to_string(column.width - 1) + ".");
  });
}

FeatureCounts fill_number(Matrix out, const FeatureColumn& column, int64_t begin, int64_t end) {
  const NumberColumn number = column.number;
  FeatureCounts counts;
  for (int64_t i = begin; i < end; ++i) {
    float* target = out.row(i) + column.first;
    double x = number.values[i];
    if (std::fabs(x) < DBL_MIN) x = 0;
    const bool odd = x < number.low || x > number.high;
    if (odd) {
      ++counts.odd;
      x = number.drop_outliers ? NAN : x < number.low ? number.low : number.high;
    }
    const bool missing = x != x;
    if (missing) {
      ++counts.missing;
      x = number.fill;
    }
    double y = (x - number.center) / number.scale;
    if (y < number.out_low) y = number.out_low;
    if (y > number.out_high) y = number.out_high;
    target[0] = std::fabs(y) < FLT_MIN ? 0.0f : static_cast<float>(y);
    if (number.flag) target[1] = missing ? 1.0f : 0.0f;
  }
  return counts;
}

FeatureCounts fill_category(Matrix out, const FeatureColumn& column, int64_t begin, int64_t end) {
  const CategoryColumn category = column.category;
  FeatureCounts counts;
  for (int64_t i = begin; i < end; ++i) {
    const uint32_t entry = static_cast<uint32_t>(category.codes[i]) + 1u;  // of -1 it is 0
    if (entry >= category.entries)
      fail_value("codes: expected numbers from -1 to " + std::to_string(category.entries - 2) + " but row " +
                 std::to_string(i) + " has " + std::to_string(category.codes[i]) + ".");
    counts.missing += entry == 0;
    counts.odd += category.unseen[entry];
    const int32_t place = category.places[entry];
    if (place >= 0) out.row(i)[column.first + place] = category.values[entry];
  }
  return counts;
}

}  // namespace

std::vector<FeatureCounts> fill_features(Matrix out, const std::vector<FeatureColumn>& columns,
                                         const AbortFlag* abort) {
  for (const FeatureColumn& column : columns) check(column, out.cols, abort);
  struct Shared {
    std::atomic<int64_t> missing{0}, odd{0};
  };
  const auto shared = std::make_unique<Shared[]>(columns.size());
  const int64_t block = std::max<int64_t>(16, kBlock / std::max<int64_t>(out.cols, 1));
  parallel_for(out.rows, kRows, abort, [&](int64_t first, int64_t last) {
    std::vector<FeatureCounts> counts(columns.size());
    for (int64_t begin = first; begin < last; begin += block) {
      if (aborted(abort)) fail_aborted();
      const int64_t end = std::min(begin + block, last);
      for (size_t c = 0; c < columns.size(); ++c) {
        const FeatureCounts part = columns[c].is_number ? fill_number(out, columns[c], begin, end)
                                                        : fill_category(out, columns[c], begin, end);
        counts[c].missing += part.missing;
        counts[c].odd += part.odd;
      }
    }
    for (size_t c = 0; c < columns.size(); ++c) {
      shared[c].missing += counts[c].missing;
      shared[c].odd += counts[c].odd;
    }
  });
  std::vector<FeatureCounts> counts(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) counts[c] = {shared[c].missing, shared[c].odd};
  return counts;
}

}  // namespace kindred

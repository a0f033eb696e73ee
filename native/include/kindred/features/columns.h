// Columns of a table as columns of a matrix: numbers scaled, categories by what a table of their codes says. What is
// computed is a difference and a quotient in double, so that JavaScript computes the same bits for a single row.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// x = values[row], 0 where that is no normal double: an outlier outside of [low, high] becomes the nearer of them, or
// is missing; what is missing (NaN) becomes `fill`. Then (x - center) / scale, kept within [out_low, out_high], and 0
// where that is no normal float. With a flag the next column is 1 where x was missing and 0 elsewhere.
struct NumberColumn {
  const double* values = nullptr;  // [rows]
  double low = 0, high = 0;
  bool drop_outliers = false;  // they are missing
  double fill = 0;
  double center = 0, scale = 1;
  double out_low = 0, out_high = 0;
  bool flag = false;
};

// entry = codes[row] + 1: values[entry] is put at places[entry], counted from the first column; nothing where that is
// -1.
struct CategoryColumn {
  const int32_t* codes = nullptr;   // [rows], from -1, for what is missing, to entries - 2
  const int32_t* places = nullptr;  // [entries]
  const float* values = nullptr;    // [entries]
  const uint8_t* unseen = nullptr;  // [entries], whether it was not there when the table was made
  int64_t entries = 0;
};

struct FeatureColumn {
  int64_t first = 0;  // of its columns in the matrix
  int64_t width = 0;
  bool is_number = false;
  NumberColumn number;  // one of the two
  CategoryColumn category;
};

// How many rows of a column were missing, and how many outliers or unseen.
struct FeatureCounts {
  int64_t missing = 0, odd = 0;
};

// out [rows, cols], zeros where no column puts anything: what is not put is left as it is. Throws ERR_SHAPE for columns
// that do not fit, ERR_VALUE for a code or a place that there is not.
std::vector<FeatureCounts> fill_features(Matrix out, const std::vector<FeatureColumn>& columns, const AbortFlag* abort);

}  // namespace kindred

#include "kindred/linear/columns.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kCols = 64;   // of a chunk: four cache lines of each row
constexpr int64_t kTile = 256;  // rows that are transposed at a time
constexpr int64_t kRowsPerChunk = 256;

// Rows of a table in the order asked for.
struct Rows {
  ConstMatrix x;
  const int32_t* rows;
  int64_t count;
  const float* operator[](int64_t r) const { return x.row(rows ? rows[r] : r); }
};

[[noreturn]] void fail_not_finite(const Rows& rows, int64_t begin, int64_t end) {
  for (int64_t r = 0; r < rows.count; ++r)
    for (int64_t c = begin; c < end; ++c)
      if (!std::isfinite(rows[r][c]))
        fail_value("matrix: expected finite numbers but row " + std::to_string(rows.rows ? rows.rows[r] : r) +
                   " holds " + std::to_string(rows[r][c]) + " in column " + std::to_string(c) +
                   ". Fill or drop what is missing first.");
  fail_value("matrix: expected finite numbers.");
}

// Sums of the columns [begin, end).
void add_up(const Rows& rows, int64_t begin, int64_t end, double* sums, const AbortFlag* abort) {
  std::fill_n(sums, end - begin, 0.0);
  for (int64_t r = 0; r < rows.count; ++r) {
    if (r % kTile == 0 && aborted(abort)) fail_aborted();
    const float* const row = rows[r] + begin;
    for (int64_t c = 0; c < end - begin; ++c) sums[c] += row[c];
  }
}

// columns[c][r] = x[r][begin + c] - offsets[c], for c below end - begin
void transpose_less(const Rows& rows, int64_t begin, int64_t end, const double* offsets, float* columns,
                    const AbortFlag* abort) {
  float tile[kTile * kCols];
  const int64_t width = end - begin;
  for (int64_t r0 = 0; r0 < rows.count; r0 += kTile) {
    if (aborted(abort)) fail_aborted();
    const int64_t height = std::min(kTile, rows.count - r0);
    for (int64_t r = 0; r < height; ++r) {
      const float* const row = rows[r0 + r] + begin;
      for (int64_t c = 0; c < width; ++c) tile[r * kCols + c] = static_cast<float>(row[c] - offsets[c]);
    }
    kernels().transpose(tile, kCols, height, width, 1.0f, columns + r0, rows.count);
  }
}

double sum_of_squares(const float* column, int64_t n) {
  double sums[4] = {};
  for (int64_t i = 0; i < n; ++i) sums[i % 4] += static_cast<double>(column[i]) * static_cast<double>(column[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void check_rows(const Rows& rows) {
  if (!rows.rows) {
    if (rows.count != rows.x.rows) fail_shape("columns: expected all rows, or which ones.");
    return;
  }
  for (int64_t r = 0; r < rows.count; ++r)
    if (rows.rows[r] < 0 || rows.rows[r] >= rows.x.rows)
      fail_shape("rows: expected rows of the matrix but received " + std::to_string(rows.rows[r]) + ".");
}

}  // namespace

ColumnStatistics write_columns(ConstMatrix x, const int32_t* indices, int64_t count, bool center, bool standardize,
                               float* columns, const AbortFlag* abort) {
  const Rows rows{x, indices, count};
  check_rows(rows);
  ColumnStatistics out{std::vector<double>(x.cols, 0.0), std::vector<double>(x.cols, 1.0),
                       std::vector<double>(x.cols, 0.0)};
  if (count == 0) return out;
  parallel_for(x.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    double means[kCols], offsets[kCols] = {};
    add_up(rows, begin, end, means, abort);
    for (int64_t c = 0; c < end - begin; ++c) {
      if (!std::isfinite(means[c])) fail_not_finite(rows, begin, end);
      means[c] /= static_cast<double>(count);
      if (center) out.means[begin + c] = offsets[c] = means[c];
    }
    float* const written = columns + begin * count;
    transpose_less(rows, begin, end, offsets, written, abort);
    for (int64_t c = 0; c < end - begin; ++c) {
      float* const column = written + c * count;
      double square = sum_of_squares(column, count);
      if (standardize) {
        // About the mean, in double, from what the table holds.
        double spread = 0;
        for (int64_t r = 0; r < count; ++r) {
          const double from_mean = static_cast<double>(column[r]) + offsets[c] - means[c];
          spread += from_mean * from_mean;
        }
        const double scale = std::sqrt(spread / static_cast<double>(count));
        if (scale > 1e-12 * std::fabs(means[c])) {
          out.scales[begin + c] = scale;
          for (int64_t r = 0; r < count; ++r) column[r] = static_cast<float>(column[r] / scale);
          square = sum_of_squares(column, count);
        }
      }
      out.squares[begin + c] = square;
    }
  });
  return out;
}

void linear_predict(ConstMatrix x, const double* weights, double intercept, float* out, const AbortFlag* abort) {
  parallel_for(x.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      out[r] = static_cast<float>(kernels().dot_widened(x.row(r), weights, x.cols) + intercept);
  });
}

}  // namespace kindred

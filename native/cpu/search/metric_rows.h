// Vectors as a metric scores them, and how they are packed for the score kernels: a panel of kPanel item rows, as two
// halves of [units][kHalfPanel] words, zero-filled past the last item.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "cpu/runtime/flush_denormals.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/search/similarity.h"

namespace kindred {

inline int64_t panel_count(int64_t items) { return (items + kPanel - 1) / kPanel; }

// Where unit 0 of item i of a panel lies; the others follow kHalfPanel words apart.
inline constexpr int64_t place_in_panel(int64_t i, int64_t units) {
  return i / kHalfPanel * units * kHalfPanel + i % kHalfPanel;
}

// Rows of a smaller norm are made of denormal numbers, which are lost in others.
constexpr double kTinyNorm = 1e-30;

// 1 / |row|, 0 for a zero row; in double, so that neither huge nor tiny rows leave the range.
inline std::vector<double> inverse_norms(ConstMatrix matrix, const AbortFlag* abort) {
  std::vector<double> out(matrix.rows);
  parallel_for(matrix.rows, 4096, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const auto squares = [row = matrix.row(r), cols = matrix.cols] {
        double sum = 0;
        for (int64_t c = 0; c < cols; ++c) sum += static_cast<double>(row[c]) * row[c];
        return sum;
      };
      double sum = squares();
      if (sum < kTinyNorm * kTinyNorm) {
        const FlushDenormals off(false);
        sum = squares();
      }
      out[r] = sum > 0 ? 1 / std::sqrt(sum) : 0.0;
    }
  });
  return out;
}

// Rows as a metric scores them: normalised for the cosine, as they are for the others.
class MetricRows {
 public:
  MetricRows(ConstMatrix rows, Metric metric, const AbortFlag* abort) : rows_(rows) {
    if (metric == Metric::cosine) scale_ = inverse_norms(rows, abort);
  }

  int64_t rows() const { return rows_.rows; }
  int64_t dims() const { return rows_.cols; }

  // out [dims]
  void copy(int64_t row, float* out) const {
    each(row, [&](int64_t t, float value) { out[t] = value; });
  }

  // To place `column` of a panel of f32.
  void pack(int64_t row, int64_t column, uint32_t* panel) const {
    uint32_t* out = panel + place_in_panel(column, dims());
    each(row, [&](int64_t t, float value) { out[t * kHalfPanel] = std::bit_cast<uint32_t>(value); });
  }

  // A whole panel of f32: rows first .. first + kPanel - 1, as many as there are.
  void pack_panel(int64_t first, uint32_t* panel) const {
    const int64_t count = std::min(kPanel, rows() - first);
    if (count < kPanel) std::fill_n(panel, kPanel * dims(), 0u);
    for (int64_t i = 0; i < count; ++i) pack(first + i, i, panel);
  }

 private:
  template <class Take>
  void each(int64_t row, const Take& take) const {
    const float* from = rows_.row(row);
    if (scale_.empty()) {
      for (int64_t t = 0; t < dims(); ++t) take(t, from[t]);
      return;
    }
    const auto scaled = [&, scale = scale_[row]] {
      for (int64_t t = 0; t < dims(); ++t) take(t, static_cast<float>(from[t] * scale));
    };
    if (scale_[row] <= 1 / kTinyNorm) return scaled();
    const FlushDenormals off(false);
    scaled();
  }

  ConstMatrix rows_;
  std::vector<double> scale_;  // [rows], for the cosine
};

}  // namespace kindred

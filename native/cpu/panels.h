// Items packed for the score kernels: a panel of kPanel item rows, transposed to [dims][kPanel], zero-filled past the
// last item.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/kernels.h"
#include "kindred/similarity.h"

namespace kindred {

inline int64_t panel_count(int64_t items) { return (items + kPanel - 1) / kPanel; }

// `scale` [items.rows] multiplies each row on the way, or is null.
inline void pack_panel(ConstMatrix items, int64_t first, const double* scale, float* panel) {
  const int64_t count = std::min(kPanel, items.rows - first);
  if (count < kPanel) std::fill_n(panel, kPanel * items.cols, 0.0f);
  for (int64_t i = 0; i < count; ++i) {
    const float* row = items.row(first + i);
    if (!scale)
      for (int64_t t = 0; t < items.cols; ++t) panel[t * kPanel + i] = row[t];
    else
      for (int64_t t = 0; t < items.cols; ++t) panel[t * kPanel + i] = static_cast<float>(row[t] * scale[first + i]);
  }
}

// 1 / |row|, 0 for a zero row; in double, so that neither huge nor tiny rows leave the range.
inline std::vector<double> inverse_norms(ConstMatrix matrix, const AbortFlag* abort) {
  std::vector<double> out(matrix.rows);
  parallel_for(matrix.rows, 4096, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      double sum = 0;
      for (int64_t c = 0; c < matrix.cols; ++c) sum += static_cast<double>(matrix.row(r)[c]) * matrix.row(r)[c];
      out[r] = sum > 0 ? 1 / std::sqrt(sum) : 0.0;
    }
  });
  return out;
}

// Scores of a band of queries against packed panels, in the metric's scale. For the cosine both sides are normalised
// before they are multiplied: the queries here, the items by whoever packs them.
class QueryScorer {
 public:
  QueryScorer(ConstMatrix queries, Metric metric, const AbortFlag* abort)
      : queries_(queries), metric_(metric), kernels_(kernels()) {
    if (metric != Metric::cosine) return;
    const std::vector<double> scale = inverse_norms(queries, abort);
    normalized_.resize(queries.rows * queries.cols);
    for (int64_t q = 0; q < queries.rows; ++q)
      for (int64_t c = 0; c < queries.cols; ++c)
        normalized_[q * queries.cols + c] = static_cast<float>(queries.row(q)[c] * scale[q]);
    queries_ = ConstMatrix(normalized_.data(), queries.rows, queries.cols);
  }
  QueryScorer(const QueryScorer&) = delete;
  QueryScorer& operator=(const QueryScorer&) = delete;

  int64_t queries() const { return queries_.rows; }
  int64_t dims() const { return queries_.cols; }

  // out [end - begin][kPanel]: query rows [begin, end) against one packed panel. What lies `ahead` floats after the
  // panel is fetched meanwhile; 0 for nothing.
  void score(int64_t begin, int64_t end, const float* panel, int64_t ahead, float* out) const {
    const auto kernel = metric_ == Metric::euclidean ? kernels_.distance_panel : kernels_.dot_panel;
    kernel(queries_.row(begin), queries_.stride, end - begin, panel, queries_.cols, ahead, out, kPanel);
    if (metric_ == Metric::euclidean)
      for (int64_t i = 0; i < (end - begin) * kPanel; ++i) out[i] = -std::sqrt(out[i]);
  }

 private:
  ConstMatrix queries_;
  Metric metric_;
  const Kernels& kernels_;
  std::vector<float> normalized_;  // [queries, dims], for the cosine
};

// Packs the panels of items for a metric.
class PanelPacker {
 public:
  PanelPacker(ConstMatrix items, Metric metric, const AbortFlag* abort) : items_(items) {
    if (metric == Metric::cosine) scale_ = inverse_norms(items, abort);
  }

  // Rows first .. first + kPanel - 1, as many as there are.
  void pack(int64_t first, float* panel) const {
    pack_panel(items_, first, scale_.empty() ? nullptr : scale_.data(), panel);
  }

  // One row, to column `column` of a panel.
  void pack_row(int64_t row, int64_t column, float* panel) const {
    for (int64_t t = 0; t < items_.cols; ++t)
      panel[t * kPanel + column] =
          scale_.empty() ? items_.row(row)[t] : static_cast<float>(items_.row(row)[t] * scale_[row]);
  }

 private:
  ConstMatrix items_;
  std::vector<double> scale_;  // [items], for the cosine
};

}  // namespace kindred

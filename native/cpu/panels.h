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

// Scores of a band of queries against panels of items, in the metric's scale. For the cosine both sides are normalised
// before they are multiplied.
class PanelScorer {
 public:
  PanelScorer(ConstMatrix queries, ConstMatrix items, Metric metric, const AbortFlag* abort)
      : queries_(queries), items_(items), metric_(metric), kernels_(kernels()) {
    if (metric != Metric::cosine) return;
    item_scale_ = inverse_norms(items, abort);
    const std::vector<double> query_scale = inverse_norms(queries, abort);
    normalized_.resize(queries.rows * queries.cols);
    for (int64_t q = 0; q < queries.rows; ++q)
      for (int64_t c = 0; c < queries.cols; ++c)
        normalized_[q * queries.cols + c] = static_cast<float>(queries.row(q)[c] * query_scale[q]);
    queries_ = ConstMatrix(normalized_.data(), queries.rows, queries.cols);
  }
  PanelScorer(const PanelScorer&) = delete;
  PanelScorer& operator=(const PanelScorer&) = delete;

  void pack(int64_t panel_index, float* panel) const {
    pack_panel(items_, panel_index * kPanel, item_scale_.empty() ? nullptr : item_scale_.data(), panel);
  }

  // out [end - begin][kPanel]: query rows [begin, end) against one packed panel
  void score(int64_t begin, int64_t end, const float* panel, float* out) const {
    const auto kernel = metric_ == Metric::euclidean ? kernels_.distance_panel : kernels_.dot_panel;
    kernel(queries_.row(begin), queries_.stride, end - begin, panel, items_.cols, out, kPanel);
    if (metric_ == Metric::euclidean)
      for (int64_t i = 0; i < (end - begin) * kPanel; ++i) out[i] = -std::sqrt(out[i]);
  }

 private:
  ConstMatrix queries_, items_;
  Metric metric_;
  const Kernels& kernels_;
  std::vector<double> item_scale_;  // [items], for the cosine
  std::vector<float> normalized_;   // [queries, dims], for the cosine
};

}  // namespace kindred

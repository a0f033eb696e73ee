// A band of queries against panels of f32 vectors.
#pragma once

#include "cpu/search/best_list.h"
#include "cpu/search/metric_rows.h"
#include "cpu/search/query_blocks.h"

namespace kindred {

class F32Band {
 public:
  // Rows [begin, end) of the queries.
  F32Band(const MetricRows& queries, int64_t begin, int64_t end, Metric metric)
      : metric_(metric),
        dims_(queries.dims()),
        size_(end - begin),
        packed_(size_ * dims_),
        thresholds_(size_, NAN),
        masks_(size_),
        scores_(size_ * kPanel) {
    std::vector<float> rows(size_ * dims_);
    for (int64_t q = begin; q < end; ++q) queries.copy(q, rows.data() + (q - begin) * dims_);
    pack_queries(QueryBlocks(size_, kernels().query_block), dims_, packed_.data(),
                 [&](int64_t q, int64_t t) { return std::bit_cast<uint32_t>(rows[q * dims_ + t]); });
  }

  int64_t size() const { return size_; }

  // Only scores that are not <= this matter of query n, in the metric's scale; NaN: all.
  void set_threshold(int64_t n, float score) {
    // The kernel knows minus the squared distance: any d^2 >= score^2 has a root that is no less than -score.
    thresholds_[n] = metric_ == Metric::euclidean ? next_below(-(score * score)) : score;
  }

  // Sets masks and scores. The panel `ahead` words further is fetched meanwhile; 0 for none.
  void score(const uint32_t* panel, int64_t ahead) {
    const PanelSearch search{.queries = packed_.data(),
                             .nq = size_,
                             .panel = panel,
                             .units = dims_,
                             .ahead = ahead,
                             .thresholds = thresholds_.data(),
                             .masks = masks_.data(),
                             .scores = scores_.data()};
    (metric_ == Metric::euclidean ? kernels().score_distance : kernels().score_dot)(search);
  }

  // The same of one query and up to kPanel rows as they lie, in the place of a panel; not for the cosine.
  void score_rows(const float* const* rows, int64_t count) {
    const auto score = metric_ == Metric::euclidean ? kernels().distance_of_rows : kernels().dot_of_rows;
    score(reinterpret_cast<const float*>(packed_.data()), rows, count, dims_, scores_.data());
    kernels().beyond(scores_.data(), thresholds_.data(), 1, masks_.data());
  }

  // Items that passed query n's threshold; some others may be among them.
  uint64_t mask(int64_t n) const { return masks_[n]; }

  // Score of item i of the panel, which passed, in the metric's scale.
  float score_of(int64_t n, int64_t i) const {
    const float score = scores_[n * kPanel + i];
    return metric_ == Metric::euclidean ? -std::sqrt(-score) : score;
  }

  void offer(int64_t n, uint64_t items, int64_t first, BestList& list) {
    for (; items != 0; items &= items - 1) {
      const int i = std::countr_zero(items);
      list.push({score_of(n, i), static_cast<int32_t>(first + i)});
    }
  }

  void finish(int64_t, BestList&) {}

 private:
  Metric metric_;
  int64_t dims_, size_;
  std::vector<uint32_t> packed_;   // [size, dims], as query_blocks.h cuts them
  std::vector<float> thresholds_;  // [size], in the kernel's scale
  std::vector<uint64_t> masks_;    // [size]
  std::vector<float> scores_;      // [size][kPanel], where masks are set
};

}  // namespace kindred

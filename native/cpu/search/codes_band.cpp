#include "cpu/search/codes_band.h"

#include <cfloat>

namespace kindred {

CodesBand::CodesBand(const MetricRows& queries, int64_t begin, int64_t end, const IndexKind& kind,
                     const std::vector<const float*>& rows)
    : kind_(kind),
      rows_(rows),
      size_(end - begin),
      units_(units_of(kind.dtype, kind.dims)),
      vectors_(size_ * kind.dims),
      packed_(size_ * units_),
      queries_(size_),
      scales_(size_),
      starts_(size_),
      wanted_(size_, NAN),
      thresholds_(size_, NAN),
      masks_(size_),
      scores_(size_ * kPanel),
      pending_(kind.exact ? size_ : 0) {
  std::vector<uint32_t> words(size_ * units_);
  CodedVector coded(kind.dtype, kind.dims);
  for (int64_t n = 0; n < size_; ++n) {
    float* const vector = vectors_.data() + n * kind.dims;
    queries.copy(begin + n, vector);
    coded.encode(vector);
    for (int64_t t = 0; t < units_; ++t) words[n * units_ + t] = coded.word(t);
    double square = 0;
    for (int64_t t = 0; t < kind.dims; ++t) square += static_cast<double>(vector[t]) * vector[t];
    queries_[n] = {std::sqrt(square), coded.error(), coded.norm()};
    scales_[n] = coded.scale();
    starts_[n] = kind.dtype == Dtype::i8 ? -128 * coded.sum() : 0;
  }
  pack_queries(QueryBlocks(size_, kernels().query_block), units_, packed_.data(),
               [&](int64_t q, int64_t t) { return words[q * units_ + t]; });
}

// An item whose score of codes is at most this cannot have an f32 score above the wanted one. With q, x the vectors,
// q', x' what their codes stand for:
//   |q.x - q'.x'| = |q.(x - x') + (q - q').x'| <= |q| |x - x'| + |q - q'| |x'|       (Cauchy-Schwarz)
// to which the rounding of both sums is added (Higham 2002, section 3.1: n operations are off by at most
// n u / (1 - n u) of the sum of magnitudes, u = 2^-24), and what underflow can take from each term.
float CodesBand::lowered(int64_t n) const {
  const double wanted = wanted_[n];
  if (std::isnan(wanted)) return NAN;
  const Query& q = queries_[n];
  const double item_norm = bounds_.norm + bounds_.error, dims = static_cast<double>(kind_.dims);
  const double roundings = (2 * dims + 16) * 0x1p-24;
  if (roundings > 0.5 || q.norm * item_norm + bounds_.bias > 1e37 || q.norm > 1e18 || item_norm > 1e18) return NAN;
  const double gamma = roundings / (1 - roundings);

  double error = 0;
  if (kind_.exact)
    error = q.norm * bounds_.error + q.error * bounds_.norm +
            gamma * (q.norm * item_norm + q.code_norm * bounds_.norm + bounds_.bias) + dims * 0x1p-120;
  double least = wanted;
  if (kind_.metric == Metric::euclidean) {
    // |q - x|^2 = |q|^2 - 2 (q.x - |x|^2 / 2): beyond this square no computed distance is at most -wanted.
    const double square = wanted * wanted * (1 + 2 * gamma) + dims * 0x1p-120;
    least = (q.norm * q.norm - square) / 2;
    error += 0x1p-45 * (q.norm * q.norm + square);
  }
  const double bound = least - error * (1 + 0x1p-40);
  return next_below(static_cast<float>(bound));
}

void CodesBand::score(const VectorBlock& block, int64_t p, int64_t ahead) {
  if (block_ != &block) {
    block_ = &block;
    bounds_ = block.bounds();
    for (int64_t n = 0; n < size_; ++n) thresholds_[n] = lowered(n);
  }
  const PanelSearch search{.queries = packed_.data(),
                           .nq = size_,
                           .panel = block.panel(p),
                           .units = units_,
                           .ahead = ahead,
                           .thresholds = thresholds_.data(),
                           .masks = masks_.data(),
                           .scores = scores_.data(),
                           .query_scales = scales_.data(),
                           .query_starts = starts_.data(),
                           .item_scales = block.scales(p),
                           .item_biases = block.biases(p)};
  (kind_.dtype == Dtype::i8 ? kernels().score_i8 : kernels().score_bf16)(search);
}

void CodesBand::offer(int64_t n, uint64_t items, int64_t first, BestList& list) {
  for (; items != 0; items &= items - 1) {
    const int i = std::countr_zero(items);
    const int32_t item = static_cast<int32_t>(first + i);
    if (!kind_.exact) {
      float score = scores_[n * kPanel + i];
      if (kind_.metric == Metric::euclidean)
        score = -static_cast<float>(std::sqrt(std::max(0.0, queries_[n].norm * queries_[n].norm - 2.0 * score)));
      list.push({score, item});
      continue;
    }
    constexpr int64_t kLine = 64 / sizeof(float);
    for (int64_t t = 0; t < kind_.dims; t += kLine) __builtin_prefetch(row(item) + t);
    Pending& pending = pending_[n];
    pending.items[pending.count++] = item;
    if (pending.count == 2 * Pending::kHalf) rescore(n, Pending::kHalf, list);
  }
}

void CodesBand::finish(int64_t n, BestList& list) {
  if (!kind_.exact) return;
  while (pending_[n].count > 0) rescore(n, std::min(pending_[n].count, Pending::kHalf), list);
}

void CodesBand::rescore(int64_t n, int count, BestList& list) {
  Pending& pending = pending_[n];
  std::array<const float*, Pending::kHalf> rows;
  std::array<float, Pending::kHalf> scores;
  for (int i = 0; i < count; ++i) rows[i] = row(pending.items[i]);
  const bool euclidean = kind_.metric == Metric::euclidean;
  const auto score = euclidean ? kernels().distance_of_rows : kernels().dot_of_rows;
  score(vectors_.data() + n * kind_.dims, rows.data(), count, kind_.dims, scores.data());
  for (int i = 0; i < count; ++i) list.push({euclidean ? -std::sqrt(-scores[i]) : scores[i], pending.items[i]});
  pending.count -= count;
  std::copy_n(pending.items.begin() + count, pending.count, pending.items.begin());
}

}  // namespace kindred

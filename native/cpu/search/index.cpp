#include "kindred/search/index.h"

#include <string>

#include "cpu/search/codes_band.h"
#include "cpu/search/f32_band.h"
#include "cpu/search/panel_search.h"
#include "cpu/search/vector_block.h"
#include "kindred/runtime/poll.h"

namespace kindred {

VectorIndex::VectorIndex(Metric metric, int64_t dims, Dtype dtype, bool exact)
    : kind_{metric, dims, dtype, exact || dtype == Dtype::f32} {
  constexpr int64_t kMostDimsOfI8 = 32768;
  if (dtype == Dtype::i8 && dims > kMostDimsOfI8)
    throw Error("ERR_TOO_LARGE", "expected at most " + std::to_string(kMostDimsOfI8) +
                                     " dimensions for int8 but received " + std::to_string(dims) + ".");
}

bool VectorIndex::has(int64_t row) const { return present_[row / kPanel] >> (row % kPanel) & 1; }

int64_t VectorIndex::bytes() const {
  int64_t bytes = static_cast<int64_t>(sizeof *this + present_.size() * sizeof(uint64_t));
  for (const auto& block : blocks_) bytes += block->bytes();
  return bytes;
}

std::shared_ptr<const VectorIndex> VectorIndex::with(ConstMatrix items, bool normalized, const AbortFlag* abort) const {
  if (items.cols != kind_.dims)
    fail_shape("expected vectors of " + std::to_string(kind_.dims) + " dimensions but received " +
               std::to_string(items.cols) + ".");
  if (items.rows > INT32_MAX - size_)
    throw Error("ERR_TOO_LARGE", "expected fewer than 2^31 rows but received " + std::to_string(items.rows) + " for " +
                                     std::to_string(size_) + " that are there.");
  check_finite(items, "vectors", abort);
  const MetricRows rows(items, normalized ? Metric::dot : kind_.metric, abort);
  auto out = std::make_shared<VectorIndex>(*this);
  out->size_ += items.rows;
  const int64_t panels = panel_count(out->size_);
  out->present_.resize(panels);
  for (int64_t row = size_; row < out->size_; ++row) out->present_[row / kPanel] |= uint64_t{1} << (row % kPanel);

  // The last block may have free places, or be short: it is made anew.
  const int64_t kept_blocks = size_ / kRowsOfBlock, first_row = kept_blocks * kRowsOfBlock;
  out->blocks_.resize(kept_blocks);
  std::vector<std::shared_ptr<VectorBlock>> fresh;
  for (int64_t first = kept_blocks * kPanelsOfBlock; first < panels; first += kPanelsOfBlock) {
    if (aborted(abort)) fail_aborted();
    fresh.push_back(std::make_shared<VectorBlock>(kind_, std::min(kPanelsOfBlock, panels - first)));
    out->blocks_.push_back(fresh.back());
  }
  if (first_row < size_) fresh[0]->copy(*blocks_[kept_blocks], panel_count(size_ - first_row));
  const int64_t fresh_panels = panels - kept_blocks * kPanelsOfBlock;
  std::vector<CodeBounds> bounds(fresh_panels);
  parallel_for(fresh_panels, 16, abort, [&](int64_t begin, int64_t end) {
    CodedVector scratch(kind_.dtype, kind_.dims);
    std::vector<float> vector(kind_.dims);
    for (int64_t n = begin; n < end; ++n) {
      const int64_t from = std::max(first_row + n * kPanel, size_);
      const int64_t to = std::min(first_row + (n + 1) * kPanel, out->size_);
      for (int64_t row = from; row < to; ++row) {
        rows.copy(row - size_, vector.data());
        bounds[n].include(fresh[n / kPanelsOfBlock]->put(row % kRowsOfBlock, vector.data(), scratch));
      }
    }
  });
  for (int64_t n = 0; n < fresh_panels; ++n) fresh[n / kPanelsOfBlock]->include(bounds[n]);
  return out;
}

std::shared_ptr<const VectorIndex> VectorIndex::without(const int32_t* rows, int64_t count) const {
  auto out = std::make_shared<VectorIndex>(*this);
  for (int64_t n = 0; n < count; ++n) {
    const int64_t row = rows[n];
    if (row < 0 || row >= size_)
      fail_value("rows: expected rows from 0 to " + std::to_string(size_ - 1) + " but received " + std::to_string(row) +
                 ".");
    if (!out->has(row)) continue;
    out->present_[row / kPanel] &= ~(uint64_t{1} << (row % kPanel));
    ++out->removed_;
  }
  return out;
}

void VectorIndex::search(ConstMatrix queries, int64_t k, const ItemFilter& filter, TopK out,
                         const AbortFlag* abort) const {
  if (queries.cols != kind_.dims)
    fail_shape("expected queries of " + std::to_string(kind_.dims) + " dimensions but received " +
               std::to_string(queries.cols) + ".");
  check_filter(filter, queries.rows, size_);
  check_finite(queries, "queries", abort);
  const MetricRows query_rows(queries, kind_.metric, abort);
  const int64_t bytes_of_query = units_of(kind_.dtype, kind_.dims) * static_cast<int64_t>(sizeof(uint32_t));
  const auto present = [&](int64_t p) { return present_[p]; };
  if (kind_.dtype == Dtype::f32) {
    const auto score = [&](F32Band& band, int64_t p) {
      const VectorBlock& block = *blocks_[p / kPanelsOfBlock];
      band.score(block.panel(p % kPanelsOfBlock), block.panel_words());
    };
    search_panels(
        queries.rows, bytes_of_query, size_, k, filter,
        [&](int64_t begin, int64_t end) { return F32Band(query_rows, begin, end, kind_.metric); }, score, present, out,
        abort);
    return;
  }
  std::vector<const float*> rows;
  for (const auto& block : blocks_) rows.push_back(block->rows());
  search_panels(
      queries.rows, bytes_of_query, size_, k, filter,
      [&](int64_t begin, int64_t end) { return CodesBand(query_rows, begin, end, kind_, rows); },
      [&](CodesBand& band, int64_t p) {
        const VectorBlock& block = *blocks_[p / kPanelsOfBlock];
        band.score(block, p % kPanelsOfBlock, block.panel_words());
      },
      present, out, abort);
}

void VectorIndex::vectors(int64_t begin, int64_t end, float* out) const {
  for (int64_t row = begin; row < end; ++row, out += kind_.dims)
    blocks_[row / kRowsOfBlock]->get(row % kRowsOfBlock, out);
}

void check_finite(ConstMatrix matrix, const char* name, const AbortFlag* abort) {
  parallel_for(matrix.rows, 4096, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* row = matrix.row(r);
      float zero = 0;  // NaN if a number is not finite
      for (int64_t c = 0; c < matrix.cols; ++c) zero += row[c] * 0.0f;
      if (zero == 0) continue;
      for (int64_t c = 0; c < matrix.cols; ++c)
        if (!std::isfinite(row[c]))
          fail_value(std::string(name) + ": row " + std::to_string(r) + " holds " +
                     (std::isnan(row[c]) ? "NaN"
                      : row[c] > 0       ? "Infinity"
                                         : "-Infinity") +
                     " at " + std::to_string(c) + "; every number must be finite.");
    }
  });
}

}  // namespace kindred

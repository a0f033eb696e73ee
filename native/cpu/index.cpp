#include "kindred/index.h"

#include <new>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "cpu/panel_search.h"

namespace kindred {
namespace {

constexpr size_t kHugePage = size_t{1} << 21;

}  // namespace

// Panels [panels][dims][kPanel], aligned so that no vector straddles a cache line.
struct VectorIndex::Block {
  Block(int64_t panels, int64_t dims)
      : floats(panels * dims * kPanel),
        alignment(floats * sizeof(float) >= kHugePage ? kHugePage : 64),
        data(static_cast<float*>(::operator new(floats * sizeof(float), std::align_val_t{alignment}))) {
#if defined(__linux__)
    // A scan of 4 KiB pages waits for page walks; a refusal costs nothing but that.
    if (alignment == kHugePage) madvise(data, floats * sizeof(float) / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  }
  ~Block() { ::operator delete(data, std::align_val_t{alignment}); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  const int64_t floats;
  const size_t alignment;
  float* const data;
};

VectorIndex::VectorIndex(Metric metric, int64_t dims) : metric_(metric), dims_(dims) {}

const float* VectorIndex::panel(int64_t p) const {
  const Place first = place(p * kPanel, dims_);
  return blocks_[first.block]->data + first.offset;
}

bool VectorIndex::has(int64_t row) const { return present_[row / kPanel] >> (row % kPanel) & 1; }

int64_t VectorIndex::bytes() const {
  int64_t bytes = static_cast<int64_t>(sizeof *this + present_.size() * sizeof(uint64_t));
  for (const auto& block : blocks_) bytes += block->floats * static_cast<int64_t>(sizeof(float));
  return bytes;
}

std::shared_ptr<const VectorIndex> VectorIndex::with(ConstMatrix items, bool normalized, const AbortFlag* abort) const {
  if (items.cols != dims_)
    fail_shape("expected vectors of " + std::to_string(dims_) + " dimensions but received " +
               std::to_string(items.cols) + ".");
  if (items.rows > INT32_MAX - size_)
    throw Error("ERR_TOO_LARGE", "expected fewer than 2^31 rows but received " + std::to_string(items.rows) + " for " +
                                     std::to_string(size_) + " that are there.");
  check_finite(items, "vectors", abort);
  const PanelPacker packer(items, normalized ? Metric::dot : metric_, abort);
  constexpr int64_t kPanelsOfBlock = kRowsOfBlock / kPanel;
  auto out = std::make_shared<VectorIndex>(*this);
  out->size_ += items.rows;
  const int64_t panels = panel_count(out->size_), whole = size_ / kPanel;
  out->present_.resize(panels);
  for (int64_t row = size_; row < out->size_; ++row) out->present_[row / kPanel] |= uint64_t{1} << (row % kPanel);

  // The last block may have free places, or be short: it is made anew. So are the panels from `whole` on.
  const int64_t kept_blocks = whole / kPanelsOfBlock;
  out->blocks_.resize(kept_blocks);
  std::vector<Block*> fresh;
  for (int64_t first = kept_blocks * kPanelsOfBlock; first < panels; first += kPanelsOfBlock) {
    auto block = std::make_shared<Block>(std::min(kPanelsOfBlock, panels - first), dims_);
    fresh.push_back(block.get());
    out->blocks_.push_back(std::move(block));
  }
  const int64_t panel_floats = dims_ * kPanel;
  parallel_for(panels - kept_blocks * kPanelsOfBlock, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int64_t p = kept_blocks * kPanelsOfBlock + n, first = p * kPanel;
      float* target = fresh[n / kPanelsOfBlock]->data + n % kPanelsOfBlock * panel_floats;
      if (p < whole) {
        std::copy_n(panel(p), panel_floats, target);
      } else if (first >= size_) {
        packer.pack(first - size_, target);
      } else {
        std::copy_n(panel(p), panel_floats, target);
        const int64_t last = std::min(first + kPanel, out->size_);
        for (int64_t row = size_; row < last; ++row) packer.pack_row(row - size_, row - first, target);
      }
    }
  });
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
  if (queries.cols != dims_)
    fail_shape("expected queries of " + std::to_string(dims_) + " dimensions but received " +
               std::to_string(queries.cols) + ".");
  check_filter(filter, queries.rows, size_);
  check_finite(queries, "queries", abort);
  const QueryScorer scorer(queries, metric_, abort);
  search_panels(
      scorer, size_, k, filter, [&](int64_t p, float*) { return panel(p); }, [&](int64_t p) { return present_[p]; },
      dims_ * kPanel, out, abort);
}

void VectorIndex::vectors(int64_t begin, int64_t end, float* out) const {
  for (int64_t row = begin; row < end; ++row) {
    const Place first = place(row, dims_);
    const float* column = blocks_[first.block]->data + first.offset;
    for (int64_t t = 0; t < dims_; ++t) *out++ = column[t * kPanel];
  }
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

// The search kernels of native/cuda, run on the host: an index and its lists.
#pragma once

#include <cstring>
#include <memory>

#include "cuda/linalg/rows.h"
#include "cuda/search/search.h"
#include "kindred/search/similarity.h"
#include "reference/search/similarity.h"

namespace kindred::test {

// Rows of f32, padded, and their codes, as index.cu makes them.
class HostRows {
 public:
  HostRows(ConstMatrix from, const KindredCudaKind& kind)
      : kind_(kind),
        rows_(from.rows),
        dims_(from.cols),
        width_(cuda::words_of(KINDRED_CUDA_F32, from.cols)),
        words_width_(cuda::words_of(kind.dtype, from.cols)),
        floats_(rows_ * width_),
        words_(rows_ * words_width_),
        scales_(rows_),
        biases_(rows_),
        norms_(rows_),
        each_(rows_),
        chunks_(cuda::ceil_div(rows_, cuda::kRowsOfChunk)) {
    const cuda::Warp warp(0);
    const cuda::CodeRows to{words_.data(), scales(), biases(), each_.data(), chunks_.data()};
    for (int64_t r = 0; r < rows_; ++r) {
      float* const row = floats_.data() + r * width_;
      cuda::widen_row(warp, from.row(r), dims_, row, width_);
      if (kind.metric == KINDRED_CUDA_COSINE) cuda::normalize_row(warp, row, dims_);
      norms_[r] = cuda::norm_of_row(warp, row, dims_);
      if (codes()) cuda::encode_row(warp, kind.dtype, row, dims_, kind.exact, to, r);
    }
  }

  bool codes() const { return kind_.dtype != KINDRED_CUDA_F32; }
  cuda::WordRows words() const {
    return codes() ? cuda::WordRows{words_.data(), rows_, words_width_}
                   : cuda::WordRows{reinterpret_cast<const uint32_t*>(floats_.data()), rows_, width_};
  }
  const std::vector<float>& floats() const { return floats_; }
  int64_t width() const { return width_; }
  float* scales() { return kind_.dtype == KINDRED_CUDA_I8 ? scales_.data() : nullptr; }
  float* biases() { return codes() && kind_.metric == KINDRED_CUDA_EUCLIDEAN ? biases_.data() : nullptr; }
  const std::vector<double>& norms() const { return norms_; }
  const std::vector<cuda::CodeBounds>& each() const { return each_; }
  const std::vector<cuda::CodeBounds>& chunks() const { return chunks_; }

 private:
  KindredCudaKind kind_;
  int64_t rows_, dims_, width_, words_width_;
  std::vector<float> floats_;
  std::vector<uint32_t> words_;
  std::vector<float> scales_, biases_;
  std::vector<double> norms_;
  std::vector<cuda::CodeBounds> each_, chunks_;
};

template <class Tile>
void run_search(const cuda::SearchJob& job) {
  const auto memory = std::make_unique<cuda::SearchMemory>();
  for (int64_t tile = 0; tile < cuda::ceil_div(job.queries.count, cuda::kTileQueries); ++tile)
    for (int64_t split = 0; split < job.splits; ++split) {
      std::memset(memory.get(), 0xFF, sizeof(*memory));
      cuda::search_split<Tile>(cuda::Block(cuda::kTileThreads), job, tile, split, *memory);
    }
}

inline reference::Lists cuda_best(ConstMatrix queries, ConstMatrix items, const KindredCudaKind& kind, int64_t k,
                                  const ItemFilter& filter, int64_t tiles_of_split) {
  HostRows q(queries, kind), x(items, kind);
  cuda::SearchJob job{};
  job.kind = kind;
  job.dims = queries.cols;
  job.k = k;
  job.queries = q.words();
  job.rows = x.words();
  job.query_floats = q.floats().data();
  job.row_floats = x.floats().data();
  job.width = q.width();
  job.query_scales = q.scales();
  job.row_scales = x.scales();
  job.row_biases = x.biases();
  job.query_norms = q.norms().data();
  job.query_bounds = q.each().data();
  job.chunk_bounds = x.chunks().data();
  if (filter.exclude) {
    job.filter.exclude_indptr = filter.exclude->indptr;
    job.filter.exclude_indices = filter.exclude->indices;
  }
  job.filter.allow = filter.allow;
  job.filter.allow_stride = filter.allow_shared ? 0 : cuda::ceil_div(items.rows, 8);
  const int64_t tiles = std::max<int64_t>(1, cuda::ceil_div(items.rows, cuda::kTileRows));
  job.tiles_of_split = tiles_of_split;
  job.splits = cuda::ceil_div(tiles, tiles_of_split);
  job.capacity = cuda::buffer_keys(k);
  std::vector<uint64_t> buffers(cuda::round_up(queries.rows, cuda::kTileQueries) * job.splits * job.capacity);
  std::vector<uint64_t> lists(queries.rows * job.splits * k), memory(cuda::kMergeKeys);
  job.buffers = buffers.data();
  job.lists = lists.data();
  if (kind.dtype == KINDRED_CUDA_F32 && kind.metric == KINDRED_CUDA_EUCLIDEAN) run_search<cuda::FloatTile<true>>(job);
  if (kind.dtype == KINDRED_CUDA_F32 && kind.metric != KINDRED_CUDA_EUCLIDEAN) run_search<cuda::FloatTile<false>>(job);
  if (kind.dtype == KINDRED_CUDA_TF32) run_search<cuda::CodeTile<KINDRED_CUDA_TF32>>(job);
  if (kind.dtype == KINDRED_CUDA_BF16) run_search<cuda::CodeTile<KINDRED_CUDA_BF16>>(job);
  if (kind.dtype == KINDRED_CUDA_I8) run_search<cuda::CodeTile<KINDRED_CUDA_I8>>(job);
  reference::Lists out{std::vector<int32_t>(queries.rows * k), std::vector<float>(queries.rows * k)};
  for (int64_t row = 0; row < queries.rows; ++row)
    cuda::merge_lists(cuda::Block(cuda::kTileThreads), job, row, memory.data(), out.indices.data(), out.scores.data());
  return out;
}

}  // namespace kindred::test

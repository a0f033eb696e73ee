#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/search/panel_search.h"
#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kFloatsAtOnce = int64_t{1} << 24;  // 64 MiB of vectors travel at a time

KindredCudaKind kind_of(const IndexKind& kind, bool tf32) {
  const auto metric = kind.metric == Metric::dot      ? KINDRED_CUDA_DOT
                      : kind.metric == Metric::cosine ? KINDRED_CUDA_COSINE
                                                      : KINDRED_CUDA_EUCLIDEAN;
  const auto dtype = kind.dtype == Dtype::f32    ? (tf32 ? KINDRED_CUDA_TF32 : KINDRED_CUDA_F32)
                     : kind.dtype == Dtype::bf16 ? KINDRED_CUDA_BF16
                                                 : KINDRED_CUDA_I8;
  return {metric, dtype, kind.exact};
}

std::vector<uint8_t> present_rows(const VectorIndex& index) {
  if (index.removed() == 0) return {};
  std::vector<uint8_t> bits((index.size() + 7) / 8);
  for (int64_t row = 0; row < index.size(); ++row)
    if (index.has(row)) bits[row / 8] |= 1 << row % 8;
  return bits;
}

// `allow` (null: all) without the rows that are not present, as `allow` is for all queries or for each.
std::vector<uint8_t> with_present(const std::vector<uint8_t>& present, const ItemFilter& filter, int64_t queries) {
  if (filter.allow == nullptr) return present;
  const size_t bytes = present.size();
  std::vector<uint8_t> bits(filter.allow, filter.allow + bytes * (filter.allow_shared ? 1 : queries));
  for (size_t i = 0; i < bits.size(); ++i) bits[i] &= present[i % bytes];
  return bits;
}

}  // namespace

DeviceIndex::DeviceIndex(std::shared_ptr<const VectorIndex> index, bool tf32, const AbortFlag* abort)
    : index_(std::move(index)), kind_(kind_of(index_->kind(), tf32)), present_(present_rows(*index_)) {
  if (tf32 && index_->kind().dtype != Dtype::f32) fail_value("tf32: expected an index of f32.");
  const int64_t rows = index_->size(), dims = index_->dims();
  if (rows == 0) return;
  Gpu& device = gpu();
  const KindredCuda& table = device.table();
  const std::string what = "an index " + shape_of(rows, dims) + " on the device";
  const int64_t rows_at_once = std::clamp<int64_t>(kFloatsAtOnce / std::max<int64_t>(dims, 1), 1, rows);
  bytes_ = device.bytes(what, table.index_bytes, rows, dims, &kind_);
  device.require(what, bytes_ + device.bytes(what, table.matrix_bytes, rows_at_once, dims));
  KindredCudaIndex* made = nullptr;
  device.call(what, table.index_create, device.context(), rows, dims, &kind_, &made);
  vectors_ = device.own(made, table.index_destroy);

  DeviceMatrix staged(rows_at_once, dims);
  std::vector<float> host(rows_at_once * dims);
  for (int64_t first = 0; first < rows; first += rows_at_once) {
    const int64_t count = std::min(rows_at_once, rows - first);
    parallel_for(count, 4096, abort, [&](int64_t begin, int64_t end) {
      index_->vectors(first + begin, first + end, host.data() + begin * dims);
    });
    staged.write(0, {host.data(), count, dims}, abort);
    device.call(what, table.index_fill, vectors_.get(), first, staged.get(), int64_t{0}, count, int32_t{1});
  }
}

std::shared_ptr<const DeviceIndex> DeviceIndex::of(std::shared_ptr<const VectorIndex> index) const {
  if (index->size() != rows() || index->dims() != index_->dims())
    fail_shape("expected an index of the same vectors, " + shape_of(rows(), index_->dims()) + ", but received " +
               shape_of(index->size(), index->dims()) + ".");
  std::shared_ptr<DeviceIndex> other(new DeviceIndex);
  other->kind_ = kind_;
  other->present_ = present_rows(*index);
  other->index_ = std::move(index);
  other->vectors_ = vectors_;
  other->bytes_ = bytes_;
  return other;
}

void DeviceIndex::search(ConstMatrix queries, int64_t k, const ItemFilter& filter, TopK out,
                         const AbortFlag* abort) const {
  if (queries.cols != index_->dims())
    fail_shape("expected queries of " + std::to_string(index_->dims()) + " dimensions but received " +
               std::to_string(queries.cols) + ".");
  check_finite(queries, "queries", abort);
  KindredCudaSearch search{};
  search.queries = queries.data;
  search.query_stride = queries.stride;
  search.count = queries.rows;
  this->search(search, k, filter, out, abort);
}

void DeviceIndex::search(const DeviceMatrix& queries, int64_t k, const ItemFilter& filter, TopK out,
                         const AbortFlag* abort) const {
  if (queries.cols() != index_->dims())
    fail_shape("expected queries of " + std::to_string(index_->dims()) + " dimensions but received " +
               std::to_string(queries.cols()) + ".");
  KindredCudaSearch search{};
  search.query_matrix = queries.get();
  search.count = queries.rows();
  this->search(search, k, filter, out, abort);
}

void DeviceIndex::search(KindredCudaSearch& search, int64_t k, const ItemFilter& filter, TopK out,
                         const AbortFlag* abort) const {
  check_filter(filter, search.count, rows());
  std::fill_n(out.indices, search.count * k, -1);
  std::fill_n(out.scores, search.count * k, std::numeric_limits<float>::quiet_NaN());
  const int64_t listed = std::min(k, rows());
  if (listed == 0 || search.count == 0) return;
  if (listed > kMostNeighbors)
    throw Error("ERR_TOO_LARGE", "k: expected at most " + std::to_string(kMostNeighbors) +
                                     " on the device but received " + std::to_string(k) + "; use device: 'cpu'.");

  const std::vector<uint8_t> allow =
      present_.empty() ? std::vector<uint8_t>() : with_present(present_, filter, search.count);
  search.allow = allow.empty() ? filter.allow : allow.data();
  search.allow_shared = filter.allow == nullptr || filter.allow_shared;
  if (filter.exclude) {
    search.exclude_indptr = filter.exclude->indptr;
    search.exclude_indices = filter.exclude->indices;
  }
  std::vector<int32_t> indices(search.count * listed);
  std::vector<float> scores(search.count * listed);
  search.k = listed;
  search.indices = indices.data();
  search.scores = scores.data();

  Gpu& device = gpu();
  const std::string what = "searching an index " + shape_of(rows(), index_->dims()) + " with " +
                           std::to_string(search.count) + " queries for " + std::to_string(listed) + " rows each";
  device.bytes(what, device.table().search_bytes, rows(), index_->dims(), &kind_, &search);
  device.call(what, device.table().index_search, vectors_.get(), &search, cancel_of(abort));
  for (int64_t q = 0; q < search.count; ++q) {
    std::copy_n(indices.data() + q * listed, listed, out.indices + q * k);
    std::copy_n(scores.data() + q * listed, listed, out.scores + q * k);
  }
}

}  // namespace kindred

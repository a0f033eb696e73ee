// What the GPU computes: twins of kindred/als/als.h, pooling.h and index.h. They throw what those throw, and what
// kindred/device/device_matrix.h says.
#pragma once

#include <memory>
#include <vector>

#include "kindred/als/als.h"
#include "kindred/device/device_matrix.h"
#include "kindred/pooling/pooling.h"
#include "kindred/search/index.h"
#include "kindred/sgd/sgd.h"

namespace kindred {

// als_half_sweep with Y'Y computed on the way. ERR_NOT_SUPPORTED for AlsSolver::block.
void device_als_half_sweep(const DeviceCsr& Cui, const DeviceMatrix& Y, DeviceMatrix& X, const AlsOptions& options,
                           const AbortFlag* abort);

// Bytes of device memory that ALS of this shape needs at most, its data included. ERR_OUT_OF_MEMORY if they are not
// there.
void require_als_memory(const CsrView& Cui, int64_t factors, const AlsOptions& options);

// bpr_epoch, with up to 256 blocks where the CPU has 16: the same samples for catalogues of fewer than 2176 items. X
// [users, width], Y [items, width], item_bias [1, items]. ERR_NOT_SUPPORTED for lock_free.
SgdLoss device_bpr_epoch(const CsrView& log, DeviceMatrix& X, DeviceMatrix& Y, DeviceMatrix& item_bias,
                         const SgdOptions& options, const AbortFlag* abort);

// Bytes of device memory that BPR of this shape needs at most, its factors included. ERR_OUT_OF_MEMORY if they are not
// there, ERR_NOT_SUPPORTED for lock_free.
void require_bpr_memory(const CsrView& log, int64_t width, const SgdOptions& options);

// invert_pivots of kindred/linalg/inverse.h over all pivots: minus the inverse of a [n, n], symmetric and positive
// definite, of which the lower triangle is read. After a failure a holds nothing of use.
void device_invert(Matrix a, const AbortFlag* abort);

// X'X [cols, cols] in double, and the sum of each column [cols]: the covariance is gram / rows - mean mean'.
struct DeviceGram {
  std::vector<double> gram, sums;
};
DeviceGram device_gram(const DeviceMatrix& x, const AbortFlag* abort);

// (x - mean) components' [x.rows, components.rows]; mean [cols] or null, components [count, cols].
std::shared_ptr<DeviceMatrix> device_project(const DeviceMatrix& x, const double* mean, const DeviceMatrix& components,
                                             const AbortFlag* abort);

// A batch of token states: states [batch * tokens, dims].
struct DeviceTokenStates {
  std::shared_ptr<const DeviceMatrix> states;
  const uint8_t* mask;  // [batch, tokens], host memory
  int64_t batch;
  int64_t tokens;
};

// [batch, dims]
std::shared_ptr<DeviceMatrix> device_attention_pool(const DeviceTokenStates& in, ConstMatrix queries,
                                                    const AbortFlag* abort);

struct DeviceGradients {
  std::vector<float> queries;            // [heads, dims]
  std::shared_ptr<DeviceMatrix> states;  // [batch * tokens, dims]
};

DeviceGradients device_attention_pool_backward(const DeviceTokenStates& in, ConstMatrix queries,
                                               const DeviceMatrix& d_out, const AbortFlag* abort);

// The vectors of a VectorIndex on the device. `tf32`, for those of f32: scanned as codes of TF32, and what these leave
// possible scored again in f32, so that lists are the same.
class DeviceIndex {
 public:
  static constexpr int64_t kMostNeighbors = 2048;

  DeviceIndex(std::shared_ptr<const VectorIndex> index, bool tf32, const AbortFlag* abort);

  // The same vectors, for `index`, which has the same rows, though others of them may be removed.
  std::shared_ptr<const DeviceIndex> of(std::shared_ptr<const VectorIndex> index) const;

  // As VectorIndex::search; ERR_TOO_LARGE for lists of more than kMostNeighbors rows.
  void search(ConstMatrix queries, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) const;
  void search(const DeviceMatrix& queries, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) const;

  int64_t rows() const { return index_->size(); }
  int64_t bytes() const { return bytes_; }

 private:
  DeviceIndex() = default;
  void search(KindredCudaSearch& search, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort) const;

  std::shared_ptr<const VectorIndex> index_;
  KindredCudaKind kind_{};
  std::shared_ptr<KindredCudaIndex> vectors_;
  std::vector<uint8_t> present_;  // a bitmap of the rows that are not removed; empty if none is
  int64_t bytes_ = 0;
};

}  // namespace kindred

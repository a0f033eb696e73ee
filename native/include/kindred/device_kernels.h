// What the GPU computes: twins of kindred/als.h, pooling.h and index.h. They throw what those throw, and what
// kindred/device_matrix.h says.
#pragma once

#include <memory>
#include <vector>

#include "kindred/als.h"
#include "kindred/device_matrix.h"
#include "kindred/index.h"
#include "kindred/pooling.h"

namespace kindred {

// als_half_sweep with Y'Y computed on the way. ERR_NOT_SUPPORTED for AlsSolver::block.
void device_als_half_sweep(const DeviceCsr& Cui, const DeviceMatrix& Y, DeviceMatrix& X, const AlsOptions& options,
                           const AbortFlag* abort);

// Bytes of device memory that ALS of this shape needs at most, its data included. ERR_OUT_OF_MEMORY if they are not
// there.
void require_als_memory(const CsrView& Cui, int64_t factors, const AlsOptions& options);

// sweep of kindred/sweep.h over all pivots: minus the inverse of a [n, n], symmetric and positive definite, of which
// the lower triangle is read. After a failure a holds nothing of use.
void device_sweep(Matrix a, const AbortFlag* abort);

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

// The vectors of a VectorIndex on the device.
class DeviceIndex {
 public:
  static constexpr int64_t kMostNeighbors = 2048;

  DeviceIndex(std::shared_ptr<const VectorIndex> index, const AbortFlag* abort);

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
  std::shared_ptr<KindredCudaIndex> vectors_;
  std::vector<uint8_t> present_;  // a bitmap of the rows that are not removed; empty if none is
  int64_t bytes_ = 0;
};

}  // namespace kindred

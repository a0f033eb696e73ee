// A device that is none: objects live in host memory, and the CPU's kernels compute. Environment variables make it
// fail, so that what stands above can be tested without a GPU:
//
//   KINDRED_FAKE_CUDA            'crash', 'hang', 'wrong-answer', 'other-version', 'refuses', 'unsupported': at the
//   probe KINDRED_FAKE_OUT_OF_MEMORY   n: the n-th allocation, counted from 1, fails, and all after it
//   KINDRED_FAKE_LOST            n: the n-th computation finds the device lost, and so do all after it
//   KINDRED_FAKE_BYTES           what the device has in all; 1 GiB if unset
//   KINDRED_FAKE_SLOW            milliseconds that a computation takes, unless it is cancelled
//
// They are read anew at each call.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kindred/device/cuda.h"
#include "kindred/runtime/error.h"
#include "kindred/search/index.h"
#include "kindred/sparse/csr.h"

struct KindredCudaContext {
  int64_t limit = 0;
  int64_t held = 0;
  std::mutex mutex;  // calls wait for one another
};

namespace kindred::fake {

// Bytes of a context, given back with their owner.
class Allocation {
 public:
  Allocation(KindredCudaContext* context, int64_t bytes);  // throws OutOfMemory
  ~Allocation();
  Allocation(const Allocation&) = delete;
  Allocation& operator=(const Allocation&) = delete;

  KindredCudaContext* const context;
  const int64_t bytes;
};

}  // namespace kindred::fake

struct KindredCudaMatrix {
  KindredCudaMatrix(KindredCudaContext* context, int64_t rows, int64_t cols)
      : memory(context, rows * cols * 4), rows(rows), cols(cols), data(rows * cols) {}
  kindred::Matrix view() { return {data.data(), rows, cols}; }

  kindred::fake::Allocation memory;
  int64_t rows, cols;
  std::vector<float> data;
};

struct KindredCudaCsr {
  KindredCudaCsr(KindredCudaContext* context, kindred::Csr csr)
      : memory(context, 4 * (csr.rows + 1) + 8 * static_cast<int64_t>(csr.indices.size())), csr(std::move(csr)) {}

  kindred::fake::Allocation memory;
  kindred::Csr csr;
};

struct KindredCudaIndex {
  KindredCudaIndex(KindredCudaContext* context, int64_t rows, int64_t dims, const KindredCudaKind& kind)
      : memory(context, rows * dims * 4), kind(kind), rows(rows), dims(dims), vectors(rows * dims) {}

  kindred::fake::Allocation memory;
  KindredCudaKind kind;
  int64_t rows, dims;
  std::vector<float> vectors;
};

namespace kindred::fake {

struct OutOfMemory {
  int64_t bytes, available;
};
struct Lost {};

std::string mode();
int64_t number(const char* variable, int64_t otherwise);

// Takes its time as KINDRED_FAKE_SLOW says, then finds the device there or lost.
void compute(KindredCudaCancel cancel);

// Runs `body` and tells what it throws as a status.
template <class Body>
int32_t guarded(KindredCudaError* error, const Body& body);

int32_t status_of_exception(KindredCudaError* error);

template <class Body>
int32_t guarded(KindredCudaError* error, const Body& body) {
  try {
    body();
    return KINDRED_CUDA_OK;
  } catch (...) {
    return status_of_exception(error);
  }
}

inline const AbortFlag* flag_of(KindredCudaCancel cancel) {
  return reinterpret_cast<const AbortFlag*>(const_cast<const unsigned char*>(cancel));
}

void fill_kernels(KindredCuda& table);  // what computes

}  // namespace kindred::fake

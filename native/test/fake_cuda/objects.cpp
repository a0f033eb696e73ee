// Devices, contexts, matrices and the ways to fail.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "fake_cuda/fake.h"

namespace kindred::fake {
namespace {

// Calls since a variable was set.
class Countdown {
 public:
  explicit Countdown(const char* variable) : variable_(variable) {}

  // Whether this is the call that the variable names, or a later one.
  bool reached() {
    const int64_t wanted = number(variable_, 0);
    if (wanted == 0) {
      calls_ = 0;
      return false;
    }
    return ++calls_ >= wanted;
  }

 private:
  const char* variable_;
  std::atomic<int64_t> calls_ = 0;
};

Countdown allocations("KINDRED_FAKE_OUT_OF_MEMORY"), computations("KINDRED_FAKE_LOST");

std::atomic<int64_t> all_held = 0;  // by all contexts

int64_t total_bytes() { return number("KINDRED_FAKE_BYTES", int64_t{1} << 30); }

int64_t free_bytes(const KindredCudaContext& context) {
  const int64_t free = total_bytes() - all_held;
  return context.limit > 0 ? std::min(context.limit - context.held, free) : free;
}

int32_t tell(KindredCudaError* error, KindredCudaStatus status, const char* message) {
  if (error) std::strncpy(error->message, message, sizeof error->message - 1);
  return status;
}

int32_t device_count(int32_t* count, KindredCudaError*) {
  if (mode() == "crash") std::raise(SIGSEGV);
  if (mode() == "hang") pause();
  *count = 1;
  return KINDRED_CUDA_OK;
}

int32_t device_info(int32_t, KindredCudaDevice* info, KindredCudaError*) {
  *info = {"Fake GPU", 9, 0, 13000, 13000, 132, total_bytes(), total_bytes() - all_held};
  return KINDRED_CUDA_OK;
}

int32_t context_create(int32_t, int64_t limit, KindredCudaContext** out, KindredCudaError* error) {
  if (mode() == "unsupported")
    return tell(error, KINDRED_CUDA_DEVICE_UNSUPPORTED, "compute capability 7.5 is too old.");
  *out = new KindredCudaContext;
  (*out)->limit = limit;
  return KINDRED_CUDA_OK;
}

void context_destroy(KindredCudaContext* context) { delete context; }

int32_t context_memory(KindredCudaContext* context, int64_t* held, int64_t* working, int64_t* limit,
                       KindredCudaError*) {
  std::lock_guard lock(context->mutex);
  *held = context->held;
  *working = 0;
  *limit = context->limit;
  return KINDRED_CUDA_OK;
}

int32_t context_trim(KindredCudaContext*, KindredCudaError*) { return KINDRED_CUDA_OK; }

int32_t matrix_create(KindredCudaContext* context, int64_t rows, int64_t cols, KindredCudaMatrix** out,
                      KindredCudaError* error) {
  return guarded(error, [&] { *out = new KindredCudaMatrix(context, rows, cols); });
}

int32_t matrix_upload(KindredCudaMatrix* matrix, int64_t first, int64_t rows, const float* data, int64_t stride,
                      KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(matrix->memory.context->mutex);
    compute(cancel);
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(data + r * stride, matrix->cols, matrix->data.data() + (first + r) * matrix->cols);
  });
}

int32_t matrix_download(const KindredCudaMatrix* matrix, int64_t first, int64_t rows, float* data, int64_t stride,
                        KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(matrix->memory.context->mutex);
    compute(cancel);
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(matrix->data.data() + (first + r) * matrix->cols, matrix->cols, data + r * stride);
  });
}

void matrix_destroy(KindredCudaMatrix* matrix) { delete matrix; }

int32_t csr_create(KindredCudaContext* context, const int32_t* indptr, const int32_t* indices, const float* values,
                   int64_t rows, int64_t cols, KindredCudaCsr** out, KindredCudaError* error) {
  return guarded(error, [&] {
    const int64_t nonzeros = indptr[rows];
    Csr csr{{indptr, indptr + rows + 1}, {indices, indices + nonzeros}, {}, rows, cols};
    csr.values.assign(nonzeros, 1.0f);
    if (values) std::copy_n(values, nonzeros, csr.values.data());
    *out = new KindredCudaCsr(context, std::move(csr));
  });
}

void csr_destroy(KindredCudaCsr* csr) { delete csr; }

int64_t matrix_bytes(int64_t rows, int64_t cols) { return 4 * rows * cols; }
int64_t csr_bytes(int64_t rows, int64_t nonzeros, int32_t) { return 4 * (rows + 1) + 8 * nonzeros; }

}  // namespace

std::string mode() {
  const char* text = std::getenv("KINDRED_FAKE_CUDA");
  return text ? text : "";
}

int64_t number(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text && *text ? std::atoll(text) : otherwise;
}

Allocation::Allocation(KindredCudaContext* context, int64_t bytes) : context(context), bytes(bytes) {
  std::lock_guard lock(context->mutex);
  if (allocations.reached() || bytes > free_bytes(*context)) throw OutOfMemory{bytes, free_bytes(*context)};
  context->held += bytes;
  all_held += bytes;
}

Allocation::~Allocation() {
  std::lock_guard lock(context->mutex);
  context->held -= bytes;
  all_held -= bytes;
}

void compute(KindredCudaCancel cancel) {
  for (int64_t left = number("KINDRED_FAKE_SLOW", 0); left > 0; --left) {
    if (cancel && *cancel) fail_aborted();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (computations.reached()) throw Lost{};
}

int32_t status_of_exception(KindredCudaError* error) {
  try {
    throw;
  } catch (const OutOfMemory& memory) {
    if (error) {
      error->bytes = memory.bytes;
      error->available = memory.available;
    }
    return tell(error, KINDRED_CUDA_OUT_OF_MEMORY, "out of memory.");
  } catch (const Lost&) {
    return tell(error, KINDRED_CUDA_DEVICE_LOST, "an illegal memory access was encountered.");
  } catch (const Error& e) {
    const std::string code = e.code();
    return tell(error,
                code == "ERR_ABORTED"                 ? KINDRED_CUDA_CANCELLED
                : code == "ERR_NOT_POSITIVE_DEFINITE" ? KINDRED_CUDA_NOT_POSITIVE_DEFINITE
                                                      : KINDRED_CUDA_INVALID,
                e.what());
  } catch (const std::exception& e) {
    return tell(error, KINDRED_CUDA_FAILED, e.what());
  }
}

}  // namespace kindred::fake

extern "C" const KindredCuda* kindred_cuda(uint32_t version) {
  using namespace kindred::fake;
  if (mode() == "refuses" || version > KINDRED_CUDA_VERSION) return nullptr;
  static KindredCuda table = [] {
    KindredCuda made{};
    made.version = mode() == "other-version" ? 0 : KINDRED_CUDA_VERSION;
    made.size = sizeof made;
    made.device_count = device_count;
    made.device_info = device_info;
    made.context_create = context_create;
    made.context_destroy = context_destroy;
    made.context_memory = context_memory;
    made.context_trim = context_trim;
    made.matrix_create = matrix_create;
    made.matrix_upload = matrix_upload;
    made.matrix_download = matrix_download;
    made.matrix_destroy = matrix_destroy;
    made.csr_create = csr_create;
    made.csr_destroy = csr_destroy;
    made.matrix_bytes = matrix_bytes;
    made.csr_bytes = csr_bytes;
    fill_kernels(made);
    return made;
  }();
  return &table;
}

#include "cuda/runtime/context.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace kindred::cuda {
namespace {

int32_t status_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return KINDRED_CUDA_OUT_OF_MEMORY;
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorStubLibrary:
      return KINDRED_CUDA_NO_DEVICE;
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
      return KINDRED_CUDA_DRIVER_TOO_OLD;
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidKernelImage:
    case cudaErrorUnsupportedPtxVersion:
      return KINDRED_CUDA_DEVICE_UNSUPPORTED;
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorECCUncorrectable:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorDevicesUnavailable:
    case cudaErrorUnknown:
      return KINDRED_CUDA_DEVICE_LOST;
    default:
      return KINDRED_CUDA_FAILED;
  }
}

int32_t fill(KindredCudaError* error, int32_t status, const char* message, int64_t row, int64_t bytes,
             int64_t available) {
  if (error) {
    std::strncpy(error->message, message, sizeof(error->message) - 1);
    error->message[sizeof(error->message) - 1] = 0;
    error->row = row;
    error->bytes = bytes;
    error->available = available;
  }
  return status;
}

}  // namespace

void fail(int32_t status, const std::string& message, int64_t row) { throw Failure{status, message, row}; }
void fail_invalid(const std::string& message, int64_t row) { fail(KINDRED_CUDA_INVALID, message, row); }

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // so that the next call does not report this one
  fail(status_of(status),
       std::string(what) + ": " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ").");
}

int32_t report(KindredCudaError* error) noexcept {
  try {
    throw;
  } catch (const Failure& failure) {
    return fill(error, failure.status, failure.message.c_str(), failure.row, failure.bytes, failure.available);
  } catch (const std::bad_alloc&) {
    return fill(error, KINDRED_CUDA_FAILED, "out of host memory.", -1, 0, 0);
  } catch (const std::exception& unexpected) {
    return fill(error, KINDRED_CUDA_FAILED, unexpected.what(), -1, 0, 0);
  } catch (...) {
    return fill(error, KINDRED_CUDA_FAILED, "unknown failure.", -1, 0, 0);
  }
}

std::string shape(int64_t rows, int64_t cols) { return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]"; }

Allocation::Allocation(KindredCudaContext* context, int64_t bytes, const std::string& what) : context_(context) {
  bytes = std::max(aligned(bytes), kAlignment);
  const auto refuse = [&](int64_t available, const char* of) {
    throw Failure{KINDRED_CUDA_OUT_OF_MEMORY,
                  what + ": expected " + std::to_string(bytes) + " bytes of device memory but " +
                      std::to_string(available) + " of the " + of + " were left.",
                  -1, bytes, available};
  };
  if (context->limit > 0 && bytes > context->limit - context->held) refuse(context->limit - context->held, "limit");
  const cudaError_t status = cudaMalloc(&data_, static_cast<size_t>(bytes));
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    data_ = nullptr;
    size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    refuse(static_cast<int64_t>(free), "device");
  }
  check(status, what.c_str());
  bytes_ = bytes;
  context->held += bytes;
}

Allocation::Allocation(Allocation&& other) noexcept
    : context_(other.context_), data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Allocation& Allocation::operator=(Allocation&& other) noexcept {
  release();
  context_ = other.context_;
  data_ = std::exchange(other.data_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void Allocation::release() noexcept {
  if (!data_) return;
  cudaFree(data_);
  context_->held -= bytes_;
  data_ = nullptr;
  bytes_ = 0;
}

Use::Use(KindredCudaContext* context) : lock_(context->mutex) {
  check(cudaGetDevice(&before_), "cudaGetDevice");
  if (before_ != context->device) check(cudaSetDevice(context->device), "cudaSetDevice");
}

Use::~Use() {
  int now = before_;
  if (cudaGetDevice(&now) == cudaSuccess && now != before_) cudaSetDevice(before_);
}

}  // namespace kindred::cuda

using namespace kindred::cuda;

KindredCudaContext::KindredCudaContext(int32_t device, int64_t limit) : device(device), limit(limit) {
  const Use use(this);
  int major = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "device");
  if (major < 8)
    fail(KINDRED_CUDA_DEVICE_UNSUPPORTED,
         "expected a device of compute capability 8.0 or more but received " + std::to_string(major) + ".x.");
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device), "device");
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
}

KindredCudaContext::~KindredCudaContext() {
  for (Staging& staging : staging_) {
    if (staging.free) cudaEventDestroy(staging.free);
    if (staging.data) cudaFreeHost(staging.data);
  }
  working.release();
  if (stream) cudaStreamDestroy(stream);
}

void* KindredCudaContext::working_space(int64_t bytes, const std::string& what) {
  if (bytes > working.bytes()) {
    working.release();
    working = Allocation(this, bytes, what);
  }
  return working.data();
}

void KindredCudaContext::wait(const char* what) { check(cudaStreamSynchronize(stream), what); }
void KindredCudaContext::launched(const char* what) { check(cudaGetLastError(), what); }

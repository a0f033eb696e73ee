// As much of the CUDA runtime as native/cuda uses, on the host: one device, everything done at once, failures as
// failures.h says. In its stead the whole library is built where there is no GPU, and the tests that are meant for one
// run on it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "test/emulated_cuda/failures.h"

enum cudaError_t {
  cudaSuccess,
  cudaErrorMemoryAllocation,
  cudaErrorNoDevice,
  cudaErrorInvalidDevice,
  cudaErrorStubLibrary,
  cudaErrorInsufficientDriver,
  cudaErrorSystemDriverMismatch,
  cudaErrorCompatNotSupportedOnDevice,
  cudaErrorNoKernelImageForDevice,
  cudaErrorInvalidKernelImage,
  cudaErrorUnsupportedPtxVersion,
  cudaErrorIllegalAddress,
  cudaErrorLaunchFailure,
  cudaErrorLaunchTimeout,
  cudaErrorECCUncorrectable,
  cudaErrorHardwareStackError,
  cudaErrorIllegalInstruction,
  cudaErrorMisalignedAddress,
  cudaErrorInvalidAddressSpace,
  cudaErrorInvalidPc,
  cudaErrorNvlinkUncorrectable,
  cudaErrorContained,
  cudaErrorDevicesUnavailable,
  cudaErrorUnknown
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaDeviceAttr { cudaDevAttrComputeCapabilityMajor, cudaDevAttrMultiProcessorCount };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
constexpr unsigned int cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2;

using cudaStream_t = int*;
using cudaEvent_t = int*;

struct dim3 {
  constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
  unsigned int x, y, z;
};

struct cudaDeviceProp {
  char name[256];
  int major, minor;
};

namespace kindred::cuda::emulated {

struct Heap {
  std::mutex mutex;
  std::map<void*, size_t> sizes;
  size_t used = 0;

  static size_t total() { return static_cast<size_t>(number("KINDRED_EMULATED_BYTES", int64_t{1} << 30)); }
  size_t free() const { return total() - std::min(used, total()); }
};
// Never destroyed: threads may still give memory back while the process exits.
inline Heap& heap() {
  static Heap* const heap = new Heap;
  return *heap;
}

inline Countdown allocations("KINDRED_EMULATED_OUT_OF_MEMORY"), waits("KINDRED_EMULATED_LOST");

inline cudaError_t wait() {
  std::this_thread::sleep_for(std::chrono::milliseconds(number("KINDRED_EMULATED_SLOW", 0)));
  return waits.reached() ? cudaErrorIllegalAddress : cudaSuccess;
}

}  // namespace kindred::cuda::emulated

inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorIllegalAddress ? "an illegal memory access was encountered" : "emulated";
}
inline const char* cudaGetErrorName(cudaError_t) { return "emulated"; }
inline cudaError_t cudaGetLastError() { return cudaSuccess; }

inline cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int* count) {
  if (kindred::cuda::emulated::mode_is("crash")) std::raise(SIGSEGV);
  if (kindred::cuda::emulated::mode_is("hang")) pause();
  return *count = 1, cudaSuccess;
}
inline cudaError_t cudaGetDevice(int* device) { return *device = 0, cudaSuccess; }
inline cudaError_t cudaSetDevice(int) { return cudaSuccess; }
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int) {
  const int major = kindred::cuda::emulated::mode_is("unsupported") ? 7 : 8;
  *value = which == cudaDevAttrComputeCapabilityMajor ? major : 2;
  return cudaSuccess;
}
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"emulated on the host", 8, 0};
  return cudaSuccess;
}

// Fresh memory holds garbage, as a device's may: no number, if it is read as floats.
inline cudaError_t cudaMalloc(void** out, size_t bytes) {
  using namespace kindred::cuda::emulated;
  const std::lock_guard lock(heap().mutex);
  if (allocations.reached() || bytes > heap().free()) return cudaErrorMemoryAllocation;
  *out = std::malloc(bytes);
  if (!*out) return cudaErrorMemoryAllocation;
  std::memset(*out, 0xFF, bytes);
  heap().sizes[*out] = bytes;
  heap().used += bytes;
  return cudaSuccess;
}
inline cudaError_t cudaFree(void* data) {
  using namespace kindred::cuda::emulated;
  const std::lock_guard lock(heap().mutex);
  const auto found = heap().sizes.find(data);
  if (found == heap().sizes.end()) return cudaErrorUnknown;
  heap().used -= found->second;
  heap().sizes.erase(found);
  std::free(data);
  return cudaSuccess;
}
inline cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  using namespace kindred::cuda::emulated;
  const std::lock_guard lock(heap().mutex);
  *free = heap().free();
  *total = Heap::total();
  return cudaSuccess;
}
inline cudaError_t cudaMallocHost(void** out, size_t bytes) {
  *out = std::malloc(bytes);
  return *out ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline cudaError_t cudaFreeHost(void* data) { return std::free(data), cudaSuccess; }

inline cudaError_t cudaMemsetAsync(void* data, int value, size_t bytes, cudaStream_t) {
  return std::memset(data, value, bytes), cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  return std::memcpy(to, from, bytes), cudaSuccess;
}
inline cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                     size_t rows, cudaMemcpyKind kind, cudaStream_t) {
  for (size_t r = 0; r < rows; ++r)
    std::memcpy(static_cast<char*>(to) + r * to_pitch, static_cast<const char*>(from) + r * from_pitch, width);
  if (kind == cudaMemcpyHostToDevice && kindred::cuda::emulated::mode_is("wrong-answer"))
    static_cast<unsigned char*>(to)[2] ^= 0x40;  // of the mantissa of a float
  return cudaSuccess;
}

inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int) {
  return *stream = new int(0), cudaSuccess;
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return kindred::cuda::emulated::wait(); }
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) { return delete stream, cudaSuccess; }
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int) {
  return *event = new int(0), cudaSuccess;
}
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return kindred::cuda::emulated::wait(); }
inline cudaError_t cudaEventDestroy(cudaEvent_t event) { return delete event, cudaSuccess; }

template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel, cudaFuncAttribute, int) {
  return cudaSuccess;
}

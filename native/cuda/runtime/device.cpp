// Devices and contexts.
#include <cstring>

#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

int attribute(cudaDeviceAttr which, int32_t device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "device");
  return value;
}

// Tells a missing driver and an old one apart before anything else fails for it.
int32_t count_of_devices() {
  int driver = 0, runtime = 0, count = 0;
  check(cudaDriverGetVersion(&driver), "driver");
  check(cudaRuntimeGetVersion(&runtime), "runtime");
  if (driver == 0) fail(KINDRED_CUDA_NO_DEVICE, "no CUDA driver is installed.");
  if (driver / 1000 < runtime / 1000)
    fail(KINDRED_CUDA_DRIVER_TOO_OLD, "expected a driver for CUDA " + std::to_string(runtime / 1000) +
                                          " or later but the one installed is for " + std::to_string(driver / 1000) +
                                          "." + std::to_string(driver % 1000 / 10) + ".");
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice) {
    cudaGetLastError();
    return 0;
  }
  check(status, "devices");
  return count;
}

void check_device(int32_t device) {
  const int32_t count = count_of_devices();
  if (count == 0) fail(KINDRED_CUDA_NO_DEVICE, "the driver found no device.");
  if (device < 0 || device >= count)
    fail(KINDRED_CUDA_NO_DEVICE,
         "expected a device from 0 to " + std::to_string(count - 1) + " but received " + std::to_string(device) + ".");
}

// Restores the thread's device.
class Visit {
 public:
  explicit Visit(int32_t device) {
    check(cudaGetDevice(&before_), "device");
    check(cudaSetDevice(device), "device");
  }
  ~Visit() { cudaSetDevice(before_); }

 private:
  int before_ = 0;
};

}  // namespace

int32_t device_count(int32_t* count, KindredCudaError* error) {
  return guarded(error, [&] { *count = count_of_devices(); });
}

int32_t device_info(int32_t device, KindredCudaDevice* info, KindredCudaError* error) {
  return guarded(error, [&] {
    check_device(device);
    const Visit visit(device);
    KindredCudaDevice found{};
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "device");
    static_assert(sizeof(found.name) == sizeof(properties.name));
    std::memcpy(found.name, properties.name, sizeof(found.name));
    found.major = properties.major;
    found.minor = properties.minor;
    int driver = 0, runtime = 0;
    check(cudaDriverGetVersion(&driver), "driver");
    check(cudaRuntimeGetVersion(&runtime), "runtime");
    found.driver = driver;
    found.runtime = runtime;
    found.multiprocessors = attribute(cudaDevAttrMultiProcessorCount, device);
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "memory");
    found.memory_total = static_cast<int64_t>(total);
    found.memory_free = static_cast<int64_t>(free);
    *info = found;
  });
}

int32_t context_create(int32_t device, int64_t limit, KindredCudaContext** out, KindredCudaError* error) {
  return guarded(error, [&] {
    if (limit < 0) fail_invalid("limit: expected bytes, or 0 for none, but received " + std::to_string(limit) + ".");
    check_device(device);
    *out = new KindredCudaContext(device, limit);
  });
}

void context_destroy(KindredCudaContext* context) {
  if (!context) return;
  int before = 0;
  const bool known = cudaGetDevice(&before) == cudaSuccess;
  cudaSetDevice(context->device);
  delete context;
  if (known) cudaSetDevice(before);
}

int32_t context_memory(KindredCudaContext* context, int64_t* held, int64_t* working, int64_t* limit,
                       KindredCudaError* error) {
  return guarded(error, [&] {
    const Use use(context);
    *held = context->held;
    *working = context->working.bytes();
    *limit = context->limit;
  });
}

int32_t context_trim(KindredCudaContext* context, KindredCudaError* error) {
  return guarded(error, [&] {
    const Use use(context);
    context->working.release();
  });
}

}  // namespace kindred::cuda

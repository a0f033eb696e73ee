#include "device/driver.h"

#include <string>

#include "device/shared_object.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Of the driver's own interface (cuda.h of the toolkit), which never changes.
using Init = int (*)(unsigned flags);
using DriverGetVersion = int (*)(int* version);
using DeviceGetCount = int (*)(int* count);
constexpr int kNoDevice = 100;  // CUDA_ERROR_NO_DEVICE

std::string version_name(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

[[noreturn]] void fail(const std::string& message) { throw Error("ERR_DEVICE", message); }

}  // namespace

void check_driver() {
  const SharedObject driver = SharedObject::open("libcuda.so.1");
  if (!driver)
    fail("no NVIDIA driver: libcuda.so.1 does not open (" + driver.error() +
         "). Install a driver of version 580 or newer (CUDA 13); in a container, start it with the GPUs (for Docker: "
         "--gpus all).");
  const auto init = driver.symbol<Init>("cuInit");
  const auto get_version = driver.symbol<DriverGetVersion>("cuDriverGetVersion");
  const auto get_count = driver.symbol<DeviceGetCount>("cuDeviceGetCount");
  if (!init || !get_version || !get_count)
    fail("libcuda.so.1 is no NVIDIA driver. Install one of version 580 or newer.");

  // It answers before cuInit, which an old driver may refuse for reasons of its own.
  int version = 0;
  if (const int status = get_version(&version); status != 0)
    fail("the NVIDIA driver does not tell its version (CUDA error " + std::to_string(status) + ").");
  if (version < kDriverNeeded)
    fail("the NVIDIA driver is too old: it offers CUDA " + version_name(version) + ", needed is CUDA " +
         version_name(kDriverNeeded) + ", which drivers have from version 580 on. Install a newer driver.");

  constexpr const char* kNone =
      "no CUDA device is visible to this process. nvidia-smi lists what the machine has; CUDA_VISIBLE_DEVICES hides "
      "devices, and a container sees those that it was started with.";
  const int started = init(0);
  if (started == kNoDevice) fail(kNone);
  if (started != 0)
    fail("the NVIDIA driver does not start (CUDA error " + std::to_string(started) +
         "). nvidia-smi tells more; a driver that was just updated needs a reboot.");
  int count = 0;
  if (get_count(&count) != 0 || count < 1) fail(kNone);
}

}  // namespace kindred

// main of the tests of the interface. Exit codes: 0 passed, 1 failed, 77 where there is no device (CTest counts it as
// skipped).
#include <cstdio>

#include "test/cuda_interface/device.h"

int main() {
  KindredCudaDevice device{};
  KindredCudaError error{};
  const int32_t status = kindred::test::table().device_info(0, &device, &error);
  if (status != KINDRED_CUDA_OK) {
    std::printf("skipped: %s\n", error.message);
    return status == KINDRED_CUDA_NO_DEVICE || status == KINDRED_CUDA_DRIVER_TOO_OLD ? 77 : 1;
  }
  std::printf("%s, sm_%d%d, driver %d, runtime %d\n", device.name, device.major, device.minor, device.driver,
              device.runtime);
  return kindred::test::run_all();
}

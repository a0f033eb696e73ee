// Steps of training on the GPU.
#include "als/als_arguments.h"
#include "device/handles.h"
#include "kindred/device/device_kernels.h"
#include "napi/promise.h"
#include "sgd/sgd_arguments.h"

namespace kindred::bindings {
namespace {

// deviceAlsMemory(Cui: Csr, factors: number, options: AlsKernelOptions, abort?): Promise<void>; rejects with
//   ERR_OUT_OF_MEMORY if training would not fit
KINDRED_EXPORT(deviceAlsMemory) {
  const CsrView Cui = CsrOf(info[0], "Cui");
  const int64_t factors = Count(info[1], "factors");
  const AlsOptions options = AlsOptionsOf(info[2]);
  return Async(info, 3, [=](const AbortFlag*) { require_als_memory(Cui, factors, options); });
}

// deviceAlsHalfSweep(Cui: DeviceCsr, Y: DeviceMatrix, X: DeviceMatrix, options: AlsKernelOptions, abort?):
//   Promise<void>; X is written in place
KINDRED_EXPORT(deviceAlsHalfSweep) {
  const AlsOptions options = AlsOptionsOf(info[3]);
  return Async(
      info, 4,
      [=, Cui = SharedOf<DeviceCsr>(info[0], kDeviceCsrTag, "sparse device matrix"), Y = DeviceMatrixOf(info[1]),
       X = DeviceMatrixOf(info[2])](const AbortFlag* abort) { device_als_half_sweep(*Cui, *Y, *X, options, abort); });
}

// deviceBprMemory(log: Csr, width: number, options: SgdKernelOptions, abort?): Promise<void>; rejects with
//   ERR_OUT_OF_MEMORY if training would not fit
KINDRED_EXPORT(deviceBprMemory) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const int64_t width = Count(info[1], "width");
  const SgdOptions options = SgdOptionsOf(info[2], log.cols);
  return Async(info, 3, [=](const AbortFlag*) { require_bpr_memory(log, width, options); });
}

// deviceBprEpoch(log: Csr, X: DeviceMatrix, Y: DeviceMatrix, itemBias: DeviceMatrix, options: SgdKernelOptions,
// abort?):
//   Promise<SgdLoss>; X, Y and itemBias [1, items] are written in place
KINDRED_EXPORT(deviceBprEpoch) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const SgdOptions options = SgdOptionsOf(info[4], log.cols);
  return Async(
      info, 5,
      [=, X = DeviceMatrixOf(info[1]), Y = DeviceMatrixOf(info[2]),
       item_bias = DeviceMatrixOf(info[3])](const AbortFlag* abort) {
        check_csr(log, "log", abort);
        return device_bpr_epoch(log, *X, *Y, *item_bias, options, abort);
      },
      SgdLossToJs);
}

// deviceInvert(a: Matrix, abort?): Promise<void>; a [n, n] in place, as invertPivots leaves it when all are done
KINDRED_EXPORT(deviceInvert) {
  const Matrix a = MatrixOf(info[0], "a");
  return Async(info, 1, [=](const AbortFlag* abort) { device_invert(a, abort); });
}

}  // namespace

}  // namespace kindred::bindings

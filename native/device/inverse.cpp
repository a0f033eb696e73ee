#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"

namespace kindred {

void device_invert(Matrix a, const AbortFlag* abort) {
  if (a.rows != a.cols || a.stride != a.cols)
    fail_shape("expected a contiguous square matrix but received " + shape_of(a.rows, a.cols) + ".");
  if (a.rows == 0) return;
  Gpu& device = gpu();
  const KindredCuda& table = device.table();
  const std::string what = "the inverse of " + shape_of(a.rows, a.cols);
  device.require(
      what, device.bytes(what, table.matrix_bytes, a.rows, a.cols) + device.bytes(what, table.inverse_bytes, a.rows));
  const auto there = DeviceMatrix::upload(a, abort);
  device.call(what, table.inverse, there->get(), cancel_of(abort));
  there->read(0, a, abort);
  parallel_for(a.rows, 64, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * a.cols; i < end * a.cols; ++i) a.data[i] = -a.data[i];
  });
}

}  // namespace kindred

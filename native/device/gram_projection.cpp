#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"

namespace kindred {

DeviceGram device_gram(const DeviceMatrix& x, const AbortFlag* abort) {
  Gpu& device = gpu();
  const std::string what = "the Gram matrix of " + shape_of(x.rows(), x.cols());
  const int64_t cols = x.cols();
  device.bytes(what, device.table().gram_bytes, x.rows(), cols);
  DeviceGram out{std::vector<double>(cols * cols), std::vector<double>(cols)};
  device.call(what, device.table().gram, x.get(), out.gram.data(), out.sums.data(), cancel_of(abort));
  return out;
}

std::shared_ptr<DeviceMatrix> device_project(const DeviceMatrix& x, const double* mean, const DeviceMatrix& components,
                                             const AbortFlag* abort) {
  if (components.cols() != x.cols())
    fail_shape("components: expected [count, " + std::to_string(x.cols()) + "] but received " +
               shape_of(components.rows(), components.cols()) + ".");
  Gpu& device = gpu();
  const std::string what =
      "projecting " + shape_of(x.rows(), x.cols()) + " on " + shape_of(components.rows(), components.cols());
  device.bytes(what, device.table().project_bytes, x.rows(), x.cols(), components.rows());
  auto out = std::make_shared<DeviceMatrix>(x.rows(), components.rows());
  device.call(what, device.table().project, x.get(), mean, components.get(), out->get(), cancel_of(abort));
  return out;
}

}  // namespace kindred

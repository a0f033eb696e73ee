#include <algorithm>

#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/linalg/eigen.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

void check_solver(const AlsOptions& options) {
  if (options.solver == AlsSolver::block)
    throw Error("ERR_NOT_SUPPORTED",
                "solver: expected 'cg' or 'cholesky' on the device but received 'block', which only "
                "the CPU has.");
}

std::string shapes_of(int64_t rows, int64_t cols, int64_t factors) {
  return "ALS with " + std::to_string(factors) + " factors on " + shape_of(rows, cols);
}

}  // namespace

void device_als_half_sweep(const DeviceCsr& Cui, const DeviceMatrix& Y, DeviceMatrix& X, const AlsOptions& options,
                           const AbortFlag* abort) {
  if (X.rows() != Cui.rows() || Y.rows() != Cui.cols() || X.cols() != Y.cols())
    fail_shape("expected X [" + std::to_string(Cui.rows()) + ", factors] and Y [" + std::to_string(Cui.cols()) +
               ", factors] but received " + shape_of(X.rows(), X.cols()) + " and " + shape_of(Y.rows(), Y.cols()) +
               ".");
  check_solver(options);
  Gpu& device = gpu();
  const KindredCuda& table = device.table();
  const int64_t factors = X.cols();
  const std::string what = shapes_of(Cui.rows(), Cui.cols(), factors);
  std::vector<double> YtY(factors * factors);
  device.call(what, table.gram, Y.get(), YtY.data(), static_cast<double*>(nullptr), cancel_of(abort));

  KindredCudaAls als{};
  als.regularization = options.regularization;
  als.regularization_exponent = options.regularization_exponent;
  als.unobserved_weight = options.unobserved_weight;
  als.alpha = options.alpha;
  als.cg_steps = options.cg_steps;
  als.preconditioned = 1;
  if (options.solver == AlsSolver::cholesky) {
    device.call(what, table.als_cholesky, Cui.get(), Y.get(), X.get(), YtY.data(), &als, cancel_of(abort));
    return;
  }
  const SymmetricEigen eigen = symmetric_eigen(YtY.data(), factors, abort);
  device.call(what, table.als_cg, Cui.get(), Y.get(), X.get(), eigen.values.data(), eigen.vectors.data(), &als,
              cancel_of(abort));
}

void require_als_memory(const CsrView& Cui, int64_t factors, const AlsOptions& options) {
  check_solver(options);
  Gpu& device = gpu();
  const KindredCuda& table = device.table();
  const int64_t users = Cui.rows, items = Cui.cols;
  const std::string what = shapes_of(users, items, factors);
  const auto working = options.solver == AlsSolver::cholesky ? table.als_cholesky_bytes : table.als_cg_bytes;
  int64_t bytes = 0, most = 0;
  for (const int64_t rows : {users, items}) {
    bytes += device.bytes(what, table.matrix_bytes, rows, factors);
    bytes += device.bytes(what, table.csr_bytes, rows, Cui.nonzeros(), 1);
    most = std::max({most, device.bytes(what, table.gram_bytes, rows, factors),
                     device.bytes(what, working, rows, users + items - rows, factors)});
  }
  device.require(what, bytes + most);
}

}  // namespace kindred

#include "device/gpu.h"
#include "kindred/device/device_matrix.h"
#include "kindred/runtime/error.h"
#include "kindred/sparse/csr.h"

namespace kindred {

DeviceMatrix::DeviceMatrix(int64_t rows, int64_t cols) : rows_(rows), cols_(cols) {
  Gpu& device = gpu();
  const std::string what = "a device matrix " + shape_of(rows, cols);
  bytes_ = device.bytes(what, device.table().matrix_bytes, rows, cols);
  KindredCudaMatrix* matrix = nullptr;
  device.call(what, device.table().matrix_create, device.context(), rows, cols, &matrix);
  matrix_ = device.own(matrix, device.table().matrix_destroy);
}

std::shared_ptr<DeviceMatrix> DeviceMatrix::upload(ConstMatrix matrix, const AbortFlag* abort) {
  auto copy = std::make_shared<DeviceMatrix>(matrix.rows, matrix.cols);
  copy->write(0, matrix, abort);
  return copy;
}

void DeviceMatrix::check_rows(int64_t first, int64_t rows, int64_t cols) const {
  if (cols != cols_ || first < 0 || rows < 0 || first + rows > rows_)
    fail_shape("expected rows of a device matrix " + shape_of(rows_, cols_) + " but received " + shape_of(rows, cols) +
               " from row " + std::to_string(first) + " on.");
}

void DeviceMatrix::write(int64_t first, ConstMatrix matrix, const AbortFlag* abort) {
  check_rows(first, matrix.rows, matrix.cols);
  Gpu& device = gpu();
  device.call("uploading " + shape_of(matrix.rows, matrix.cols), device.table().matrix_upload, get(), first,
              matrix.rows, matrix.data, matrix.stride, cancel_of(abort));
}

void DeviceMatrix::read(int64_t first, Matrix out, const AbortFlag* abort) const {
  check_rows(first, out.rows, out.cols);
  Gpu& device = gpu();
  device.call("downloading " + shape_of(out.rows, out.cols), device.table().matrix_download, get(), first, out.rows,
              out.data, out.stride, cancel_of(abort));
}

int64_t DeviceMatrix::normalize_rows() {
  Gpu& device = gpu();
  int64_t zeros = 0;
  device.call("normalising the rows of " + shape_of(rows_, cols_), device.table().normalize_rows, get(), int64_t{0},
              rows_, &zeros);
  return zeros;
}

DeviceCsr::DeviceCsr(const CsrView& csr) : rows_(csr.rows), cols_(csr.cols) {
  check_csr(csr, "the sparse matrix");
  Gpu& device = gpu();
  const std::string what =
      "a sparse device matrix " + shape_of(rows_, cols_) + " of " + std::to_string(csr.nonzeros()) + " entries";
  bytes_ = device.bytes(what, device.table().csr_bytes, rows_, csr.nonzeros(), csr.values != nullptr);
  KindredCudaCsr* made = nullptr;
  device.call(what, device.table().csr_create, device.context(), csr.indptr, csr.indices, csr.values, rows_, cols_,
              &made);
  csr_ = device.own(made, device.table().csr_destroy);
}

}  // namespace kindred

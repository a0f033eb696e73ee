// Matrices and sparse matrices in the memory of the GPU. All functions throw ERR_DEVICE where there is none or it
// fails, ERR_OUT_OF_MEMORY with shapes and bytes where its memory does not suffice, and ERR_ABORTED.
#pragma once

#include <memory>

#include "kindred/device/cuda.h"
#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// [rows, cols] floats, row-major, on the device. Freed with its last owner.
class DeviceMatrix {
 public:
  DeviceMatrix(int64_t rows, int64_t cols);  // zeros

  static std::shared_ptr<DeviceMatrix> upload(ConstMatrix matrix, const AbortFlag* abort);

  // Rows [first, first + matrix.rows) are overwritten with `matrix`.
  void write(int64_t first, ConstMatrix matrix, const AbortFlag* abort);

  // Rows [first, first + out.rows) are copied to `out`. ERR_SHAPE if they do not fit.
  void read(int64_t first, Matrix out, const AbortFlag* abort) const;

  // Divides each row by its norm; the number of rows that have none.
  int64_t normalize_rows();

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  int64_t bytes() const { return bytes_; }
  KindredCudaMatrix* get() const { return matrix_.get(); }

 private:
  void check_rows(int64_t first, int64_t rows, int64_t cols) const;

  int64_t rows_, cols_, bytes_;
  std::shared_ptr<KindredCudaMatrix> matrix_;
};

class DeviceCsr {
 public:
  // Checks it as check_csr does.
  explicit DeviceCsr(const CsrView& csr);

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  int64_t bytes() const { return bytes_; }
  KindredCudaCsr* get() const { return csr_.get(); }

 private:
  int64_t rows_, cols_, bytes_;
  std::shared_ptr<KindredCudaCsr> csr_;
};

}  // namespace kindred

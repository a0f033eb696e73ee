// What the tests of the interface share: the table, one context, matrices.
#pragma once

#include <string>
#include <vector>

#include "kindred/device/cuda.h"
#include "kindred/linalg/matrix.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

namespace kindred::test {

const KindredCuda& table();

// KINDRED_TEST_QUICK is set: under a sanitizer the larger cases are left out.
bool quick();

// Of the device 0, without a limit.
KindredCudaContext* context();

// A call's status is 0, or the error's message is reported.
void check_ok(const char* file, int line, int32_t status, const KindredCudaError& error);
#define CHECK_OK(...)                                            \
  do {                                                           \
    KindredCudaError error{};                                    \
    const int32_t status_ = __VA_ARGS__;                         \
    kindred::test::check_ok(__FILE__, __LINE__, status_, error); \
  } while (false)

// A call fails with this status and a message that contains `part`.
void check_fails(const char* file, int line, int32_t expected, const char* part, int32_t status,
                 const KindredCudaError& error);
#define CHECK_FAILS(expected, part, ...)                                            \
  do {                                                                              \
    KindredCudaError error{};                                                       \
    const int32_t status_ = __VA_ARGS__;                                            \
    kindred::test::check_fails(__FILE__, __LINE__, expected, part, status_, error); \
  } while (false)

// [rows, cols] on the device.
class DeviceMatrix {
 public:
  DeviceMatrix(int64_t rows, int64_t cols, const std::vector<float>& values);
  ~DeviceMatrix() { table().matrix_destroy(matrix_); }
  DeviceMatrix(const DeviceMatrix&) = delete;

  std::vector<float> values() const;
  KindredCudaMatrix* get() const { return matrix_; }

 private:
  int64_t rows_, cols_;
  KindredCudaMatrix* matrix_ = nullptr;
};

class DeviceCsr {
 public:
  explicit DeviceCsr(const CsrView& csr);
  ~DeviceCsr() { table().csr_destroy(csr_); }
  DeviceCsr(const DeviceCsr&) = delete;

  KindredCudaCsr* get() const { return csr_; }

 private:
  KindredCudaCsr* csr_ = nullptr;
};

}  // namespace kindred::test

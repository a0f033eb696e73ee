#include "test/cuda_interface/device.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace kindred::test {
namespace {

void require(int32_t status, const KindredCudaError& error) {
  if (status != KINDRED_CUDA_OK) throw std::runtime_error(error.message);
}

}  // namespace

const KindredCuda& table() { return *kindred_cuda(KINDRED_CUDA_VERSION); }

bool quick() {
  static const bool value = std::getenv("KINDRED_TEST_QUICK") != nullptr;
  return value;
}

KindredCudaContext* context() {
  static KindredCudaContext* const made = [] {
    KindredCudaContext* out = nullptr;
    KindredCudaError error{};
    require(table().context_create(0, 0, &out, &error), error);
    return out;
  }();
  return made;
}

void check_ok(const char* file, int line, int32_t status, const KindredCudaError& error) {
  if (status != KINDRED_CUDA_OK) report(file, line, "status " + std::to_string(status) + ": " + error.message);
}

void check_fails(const char* file, int line, int32_t expected, const char* part, int32_t status,
                 const KindredCudaError& error) {
  if (status != expected || !std::strstr(error.message, part))
    report(file, line,
           "expected status " + std::to_string(expected) + " with \"" + part + "\" but received " +
               std::to_string(status) + ": " + error.message);
}

DeviceMatrix::DeviceMatrix(int64_t rows, int64_t cols, const std::vector<float>& values) : rows_(rows), cols_(cols) {
  KindredCudaError error{};
  require(table().matrix_create(context(), rows, cols, &matrix_, &error), error);
  if (!values.empty()) require(table().matrix_upload(matrix_, 0, rows, values.data(), cols, nullptr, &error), error);
}

std::vector<float> DeviceMatrix::values() const {
  std::vector<float> out(rows_ * cols_, -7.0f);
  KindredCudaError error{};
  require(table().matrix_download(matrix_, 0, rows_, out.data(), cols_, nullptr, &error), error);
  return out;
}

DeviceCsr::DeviceCsr(const CsrView& csr) {
  KindredCudaError error{};
  require(table().csr_create(context(), csr.indptr, csr.indices, csr.values, csr.rows, csr.cols, &csr_, &error), error);
}

}  // namespace kindred::test

// Devices, contexts, memory, transfers and refusals.
#include <cstring>

#include "test/cuda_interface/device.h"

using namespace kindred;
using namespace kindred::test;

TEST(the_table_is_whole_and_of_one_version) {
  CHECK_EQUAL(table().version, uint32_t{KINDRED_CUDA_VERSION});
  CHECK_EQUAL(table().size, uint32_t{sizeof(KindredCuda)});
  CHECK(kindred_cuda(0) == nullptr);
  CHECK(kindred_cuda(KINDRED_CUDA_VERSION + 1) == nullptr);
  const auto* const entry = reinterpret_cast<void* const*>(&table().device_count);
  const size_t entries = (sizeof(KindredCuda) - offsetof(KindredCuda, device_count)) / sizeof(void*);
  for (size_t n = 0; n < entries; ++n) CHECK(entry[n] != nullptr);
}

TEST(devices_are_counted_and_refused) {
  int32_t count = 0;
  CHECK_OK(table().device_count(&count, &error));
  CHECK(count >= 1);
  KindredCudaDevice info{};
  CHECK_FAILS(KINDRED_CUDA_NO_DEVICE, "expected a device", table().device_info(count, &info, &error));
  CHECK_FAILS(KINDRED_CUDA_NO_DEVICE, "expected a device", table().device_info(-1, &info, &error));
  KindredCudaContext* none = nullptr;
  CHECK_FAILS(KINDRED_CUDA_NO_DEVICE, "expected a device", table().context_create(count, 0, &none, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "limit", table().context_create(0, -1, &none, &error));
  CHECK(none == nullptr);
}

TEST(matrices_come_back_as_they_went) {
  Random random(1);
  for (const int64_t rows : {0, 1, 31, 33, 1025})
    for (const int64_t cols : {0, 1, 31, 33, 1023}) {
      const auto values = random.floats(rows * cols);
      CHECK_CLOSE(DeviceMatrix(rows, cols, values).values(), doubles(values), 0, 0);
      CHECK_CLOSE(DeviceMatrix(rows, cols, {}).values(), std::vector<double>(rows * cols, 0.0), 0, 0);
    }
}

TEST(many_and_long_rows_come_in_pieces) {
  Random random(2);
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{700000, 5}, {2, 1500000}, {1, 2500001}}) {
    const auto values = random.floats(rows * cols);
    CHECK(DeviceMatrix(rows, cols, values).values() == values);
  }
}

TEST(rows_with_gaps_and_a_part_of_a_matrix) {
  Random random(3);
  Padded padded(7, 33, 5, random.floats(7 * 33)), back(7, 33, 3, std::vector<float>(7 * 33));
  const DeviceMatrix matrix(10, 33, {});
  CHECK_OK(table().matrix_upload(matrix.get(), 2, 7, padded.view().data, 38, nullptr, &error));
  CHECK_OK(table().matrix_download(matrix.get(), 2, 7, back.view().data, 36, nullptr, &error));
  CHECK_CLOSE(back.values(), doubles(padded.values()), 0, 0);
  CHECK(back.gaps_untouched());
  const auto all = matrix.values();
  for (const int64_t row : {0, 1, 9})
    for (int64_t c = 0; c < 33; ++c) CHECK_EQUAL(all[row * 33 + c], 0.0f);
}

TEST(what_does_not_fit_is_refused) {
  const DeviceMatrix matrix(4, 3, {});
  float data[12] = {};
  CHECK_FAILS(KINDRED_CUDA_INVALID, "[3, 5)", table().matrix_upload(matrix.get(), 3, 2, data, 3, nullptr, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "stride", table().matrix_download(matrix.get(), 0, 1, data, 2, nullptr, &error));
  KindredCudaMatrix* none = nullptr;
  CHECK_FAILS(KINDRED_CUDA_INVALID, "[-1, 3]", table().matrix_create(context(), -1, 3, &none, &error));
  CHECK_EQUAL(table().matrix_bytes(-1, 3), int64_t{-1});
  const unsigned char cancel = 1;
  CHECK_FAILS(KINDRED_CUDA_CANCELLED, "cancelled", table().matrix_upload(matrix.get(), 0, 4, data, 3, &cancel, &error));
  CHECK_EQUAL(table().matrix_upload(matrix.get(), 3, 2, data, 3, nullptr, nullptr), int32_t{KINDRED_CUDA_INVALID});
}

TEST(sparse_rows_are_checked) {
  KindredCudaCsr* csr = nullptr;
  const auto create = [&](std::vector<int32_t> indptr, std::vector<int32_t> indices, KindredCudaError* error) {
    return table().csr_create(context(), indptr.data(), indices.data(), nullptr,
                              static_cast<int64_t>(indptr.size()) - 1, 3, &csr, error);
  };
  CHECK_FAILS(KINDRED_CUDA_INVALID, "start at 0", create({1, 2}, {0, 1}, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "ascend", create({0, 2, 1}, {0, 1}, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "row 1", create({0, 1, 2}, {0, 3}, &error));
  CHECK_FAILS(KINDRED_CUDA_INVALID, "row 0", create({0, 2}, {1, 1}, &error));
  CHECK(csr == nullptr);
  CHECK_OK(create({0, 0, 2}, {0, 2}, &error));
  table().csr_destroy(csr);
}

TEST(a_context_keeps_to_its_limit) {
  KindredCudaContext* small = nullptr;
  CHECK_OK(table().context_create(0, 1 << 20, &small, &error));
  KindredCudaMatrix *first = nullptr, *second = nullptr;
  const int64_t bytes = table().matrix_bytes(1000, 200);
  CHECK_OK(table().matrix_create(small, 1000, 200, &first, &error));
  int64_t held = 0, working = 0, limit = 0;
  CHECK_OK(table().context_memory(small, &held, &working, &limit, &error));
  CHECK_EQUAL(held, bytes);
  CHECK_EQUAL(limit, int64_t{1} << 20);
  KindredCudaError error{};
  CHECK_EQUAL(table().matrix_create(small, 1000, 200, &second, &error), int32_t{KINDRED_CUDA_OUT_OF_MEMORY});
  CHECK(std::strstr(error.message, "[1000, 200]") != nullptr);
  CHECK_EQUAL(error.bytes, bytes);
  CHECK_EQUAL(error.available, (int64_t{1} << 20) - bytes);
  table().matrix_destroy(first);
  CHECK_OK(table().matrix_create(small, 1000, 200, &second, &error));
  table().matrix_destroy(second);
  CHECK_OK(table().context_memory(small, &held, &working, &limit, &error));
  CHECK_EQUAL(held, int64_t{0});
  table().context_destroy(small);
}

TEST(more_than_the_device_has_is_out_of_memory) {
  KindredCudaDevice device{};
  CHECK_OK(table().device_info(0, &device, &error));
  KindredCudaMatrix* matrix = nullptr;
  CHECK_FAILS(KINDRED_CUDA_OUT_OF_MEMORY, "of the device",
              table().matrix_create(context(), 1 << 20, device.memory_total / (4 << 20) + 1, &matrix, &error));
  CHECK(matrix == nullptr);
}

TEST(working_space_is_kept_until_it_is_trimmed) {
  const DeviceMatrix x(100, 8, std::vector<float>(800, 1.0f));
  std::vector<double> gram(64);
  CHECK_OK(table().gram(x.get(), gram.data(), nullptr, nullptr, &error));
  int64_t held = 0, working = 0, limit = 0;
  CHECK_OK(table().context_memory(context(), &held, &working, &limit, &error));
  CHECK(working >= table().gram_bytes(100, 8));
  CHECK_OK(table().context_trim(context(), &error));
  CHECK_OK(table().context_memory(context(), &held, &working, &limit, &error));
  CHECK_EQUAL(working, int64_t{0});
}

TEST(nothing_is_destroyed_without_harm) {
  table().matrix_destroy(nullptr);
  table().csr_destroy(nullptr);
  table().index_destroy(nullptr);
  table().context_destroy(nullptr);
}

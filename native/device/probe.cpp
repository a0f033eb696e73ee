#include <algorithm>
#include <numeric>
#include <vector>

#include "device/driver.h"
#include "device/gpu.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kRows = 65, kDims = 33, kListed = 20;  // no multiples of a tile

// Small integers, whose sums of products a float holds exactly, so that the answer is known to the bit; rows repeat, so
// that it has ties.
float element(int64_t row, int64_t col) { return static_cast<float>((row * 7 + col * 5) % 11 - 5); }

std::vector<float> rows_of(int64_t rows) {
  std::vector<float> x(rows * kDims);
  for (int64_t i = 0; i < rows * kDims; ++i) x[i] = element(i / kDims, i % kDims);
  return x;
}

}  // namespace

void probe_device(const std::string& library) {
  check_driver();
  Gpu& device = *Gpu::open(library, 0);
  const KindredCuda& table = device.table();
  const std::string what = "trying the device";
  const KindredCudaKind kind = {KINDRED_CUDA_DOT, KINDRED_CUDA_F32, 1};
  const std::vector<float> x = rows_of(kRows);

  KindredCudaMatrix* matrix = nullptr;
  device.call(what, table.matrix_create, device.context(), kRows, kDims, &matrix);
  device.call(what, table.matrix_upload, matrix, int64_t{0}, kRows, x.data(), kDims, KindredCudaCancel{});
  KindredCudaIndex* index = nullptr;
  device.call(what, table.index_create, device.context(), kRows, kDims, &kind, &index);
  device.call(what, table.index_fill, index, int64_t{0}, matrix, int64_t{0}, kRows, int32_t{0});

  std::vector<int32_t> indices(kListed);
  std::vector<float> scores(kListed);
  KindredCudaSearch search{};
  search.queries = x.data();
  search.query_stride = kDims;
  search.count = 1;
  search.k = kListed;
  search.allow_shared = 1;
  search.indices = indices.data();
  search.scores = scores.data();
  device.call(what, table.index_search, index, &search, KindredCudaCancel{});

  std::vector<float> expected(kRows);
  for (int64_t row = 0; row < kRows; ++row)
    expected[row] = std::inner_product(x.begin(), x.begin() + kDims, x.begin() + row * kDims, 0.0f);
  std::vector<int32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return expected[a] > expected[b]; });
  for (int64_t i = 0; i < kListed; ++i)
    if (indices[i] != order[i] || scores[i] != expected[order[i]])
      throw Error("ERR_DEVICE", "the device computes wrongly: expected row " + std::to_string(order[i]) +
                                    " with score " + std::to_string(expected[order[i]]) + " at place " +
                                    std::to_string(i) + " of a small search but received row " +
                                    std::to_string(indices[i]) + " with score " + std::to_string(scores[i]) +
                                    ". Do not trust this device: look at what nvidia-smi says of memory errors.");
}

}  // namespace kindred

// Times of calls of the interface on a device: cuda_bench search|als|pooling|linear. One line a case, the median of
// some calls in milliseconds; a call counts from its start to its result in host memory.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kindred/device/cuda.h"
#include "kindred/linalg/eigen.h"
#include "kindred/runtime/thread_pool.h"

namespace {

const KindredCuda& table = *kindred_cuda(KINDRED_CUDA_VERSION);
KindredCudaError error{};
KindredCudaContext* context = nullptr;

void ok(int32_t status) {
  if (status != KINDRED_CUDA_OK) throw std::runtime_error(error.message);
}

double median_ms(int times, const std::function<void()>& call) {
  std::vector<double> ms;
  for (int n = 0; n <= times; ++n) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (n > 0) ms.push_back(took.count());  // the first warms up
  }
  std::nth_element(ms.begin(), ms.begin() + times / 2, ms.end());
  return ms[times / 2];
}

// splitmix64 of a place, so that any number of threads give the same numbers.
uint64_t mixed(uint64_t n) {
  n += 0x9E3779B97F4A7C15u;
  n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9u;
  n = (n ^ (n >> 27)) * 0x94D049BB133111EBu;
  return n ^ (n >> 31);
}
float uniform(uint64_t n) { return static_cast<float>(mixed(n) >> 40) * 0x1p-23f - 1; }

std::vector<float> floats(int64_t count, uint64_t seed) {
  std::vector<float> out(count);
  kindred::parallel_for(count, 1 << 16, nullptr, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) out[n] = uniform(seed * 0x100000001B3u + n);
  });
  return out;
}

KindredCudaMatrix* matrix(int64_t rows, int64_t cols, uint64_t seed) {
  KindredCudaMatrix* out = nullptr;
  ok(table.matrix_create(context, rows, cols, &out, &error));
  constexpr int64_t kPart = 1 << 18;
  for (int64_t r = 0; r < rows; r += kPart) {
    const int64_t count = std::min(kPart, rows - r);
    ok(table.matrix_upload(out, r, count, floats(count * cols, seed + r).data(), cols, nullptr, &error));
  }
  return out;
}

void search_case(int64_t queries, int64_t rows, int64_t dims, int64_t k, int32_t dtype, int32_t exact) {
  const char* const names[] = {"f32", "tf32", "bf16", "i8"};
  const KindredCudaKind kind{KINDRED_CUDA_DOT, dtype, exact};
  KindredCudaIndex* index = nullptr;
  ok(table.index_create(context, rows, dims, &kind, &index, &error));
  constexpr int64_t kPart = 1 << 20;
  for (int64_t r = 0; r < rows; r += kPart) {
    const int64_t count = std::min(kPart, rows - r);
    KindredCudaMatrix* const part = matrix(count, dims, 7 + r);
    ok(table.index_fill(index, r, part, 0, count, 0, &error));
    table.matrix_destroy(part);
  }
  KindredCudaMatrix* const q = matrix(queries, dims, 1);
  std::vector<int32_t> indices(queries * k);
  std::vector<float> scores(queries * k);
  KindredCudaSearch search{};
  search.query_matrix = q;
  search.count = queries;
  search.k = k;
  search.indices = indices.data();
  search.scores = scores.data();
  const double ms = median_ms(9, [&] { ok(table.index_search(index, &search, nullptr, &error)); });
  const double products = static_cast<double>(queries) * rows * dims;
  std::printf("%7ld queries %9ld x %4ld  k %4ld  %-4s %-6s %9.3f ms  %8.1f GB/s of rows  %7.1f TFLOP/s\n", queries,
              rows, dims, k, names[dtype], exact ? "exact" : "codes", ms,
              table.index_bytes(rows, dims, &kind) / ms / 1e6, 2 * products / ms / 1e9);
  table.matrix_destroy(q);
  table.index_destroy(index);
}

void bench_search() {
  for (const int64_t dims : {128, 768})
    for (const int32_t dtype : {KINDRED_CUDA_BF16, KINDRED_CUDA_I8, KINDRED_CUDA_TF32, KINDRED_CUDA_F32})
      for (const int64_t k : {10, 100}) search_case(1024, 1000000, dims, k, dtype, 1);
  search_case(4096, 1000000, 128, 100, KINDRED_CUDA_BF16, 1);
  search_case(1024, 1000000, 128, 100, KINDRED_CUDA_BF16, 0);
  for (const int32_t dtype : {KINDRED_CUDA_BF16, KINDRED_CUDA_I8, KINDRED_CUDA_F32})
    search_case(1, 10000000, 128, 10, dtype, dtype == KINDRED_CUDA_F32);
}

// A log of the shape of ML-20M: few columns have most of the weights.
struct Log {
  std::vector<int32_t> indptr{0}, indices;
  std::vector<float> values;
};
Log log_of(int64_t rows, int64_t cols, int64_t each) {
  Log log;
  std::vector<int32_t> row;
  for (int64_t r = 0; r < rows; ++r) {
    row.clear();
    const int64_t count = each / 4 + static_cast<int64_t>(mixed(r) % (each * 3 / 2));
    for (int64_t n = 0; n < count; ++n) {
      const double u = static_cast<double>(mixed(r * 100003 + n) >> 11) * 0x1p-53;
      row.push_back(static_cast<int32_t>(static_cast<double>(cols) * u * u * u));
    }
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
    log.indices.insert(log.indices.end(), row.begin(), row.end());
    log.indptr.push_back(static_cast<int32_t>(log.indices.size()));
  }
  log.values.assign(log.indices.size(), 1.0f);
  return log;
}

void bench_als() {
  constexpr int64_t kUsers = 138493, kItems = 26744;
  const Log by_user = log_of(kUsers, kItems, 180), by_item = log_of(kItems, kUsers, 900);
  KindredCudaCsr *Cui = nullptr, *Ciu = nullptr;
  ok(table.csr_create(context, by_user.indptr.data(), by_user.indices.data(), by_user.values.data(), kUsers, kItems,
                      &Cui, &error));
  ok(table.csr_create(context, by_item.indptr.data(), by_item.indices.data(), by_item.values.data(), kItems, kUsers,
                      &Ciu, &error));
  std::printf("%ld users with %zu weights, %ld items with %zu\n", kUsers, by_user.indices.size(), kItems,
              by_item.indices.size());
  const KindredCudaAls options{10, 0, 1, 5, 3, 1};
  for (const int64_t factors : {64, 128, 256}) {
    KindredCudaMatrix *const X = matrix(kUsers, factors, 3), *const Y = matrix(kItems, factors, 5);
    const auto half = [&](const KindredCudaCsr* csr, KindredCudaMatrix* from, KindredCudaMatrix* to, bool exact) {
      std::vector<double> gram(factors * factors);
      ok(table.gram(from, gram.data(), nullptr, nullptr, &error));
      if (exact) return ok(table.als_cholesky(csr, from, to, gram.data(), &options, nullptr, &error));
      const auto eigen = kindred::symmetric_eigen(gram.data(), factors, nullptr);
      ok(table.als_cg(csr, from, to, eigen.values.data(), eigen.vectors.data(), &options, nullptr, &error));
    };
    for (const bool exact : {false, true}) {
      if (exact && factors > 128) continue;
      const double ms = median_ms(exact ? 1 : 5, [&] {
        half(Cui, Y, X, exact);
        half(Ciu, X, Y, exact);
      });
      std::printf("%4ld factors  %-20s %10.1f ms an iteration\n", factors, exact ? "cholesky" : "conjugate gradients",
                  ms);
    }
    table.matrix_destroy(X);
    table.matrix_destroy(Y);
  }
  table.csr_destroy(Cui);
  table.csr_destroy(Ciu);
}

void bench_pooling() {
  constexpr int64_t kTokens = 256, kDims = 768;
  for (const int64_t batch : {256, 1024})
    for (const int64_t heads : {1, 12}) {
      KindredCudaMatrix *const states = matrix(batch * kTokens, kDims, 3), *const queries = matrix(heads, kDims, 5);
      KindredCudaMatrix *const out = matrix(batch, kDims, 7), *const d_queries = matrix(heads, kDims, 9);
      KindredCudaMatrix* const d_states = matrix(batch * kTokens, kDims, 11);
      const std::vector<uint8_t> mask(batch * kTokens, 1);
      const double bytes = static_cast<double>(batch) * kTokens * kDims * 4;
      const double forward = median_ms(
          9, [&] { ok(table.attention_pool(states, mask.data(), batch, kTokens, queries, out, nullptr, &error)); });
      const double backward = median_ms(9, [&] {
        ok(table.attention_pool_backward(states, mask.data(), batch, kTokens, queries, out, d_queries, d_states,
                                         nullptr, &error));
      });
      std::printf(
          "%4ld texts, %2ld heads, %5.0f MB  forward %8.3f ms, backward %8.3f ms, %7.1f GB/s of states read "
          "twice and written once\n",
          batch, heads, bytes / 1e6, forward, backward, 3 * bytes / (forward + backward) / 1e6);
      for (KindredCudaMatrix* m : {states, queries, out, d_queries, d_states}) table.matrix_destroy(m);
    }
}

void bench_linear() {
  for (const int64_t cols : {128, 768}) {
    KindredCudaMatrix* const x = matrix(200000, cols, 3);
    std::vector<double> gram(cols * cols);
    std::printf("gram of 200000 x %ld  %8.2f ms\n", cols,
                median_ms(5, [&] { ok(table.gram(x, gram.data(), nullptr, nullptr, &error)); }));
    std::printf("normalise 200000 x %ld  %8.2f ms\n", cols,
                median_ms(5, [&] { ok(table.normalize_rows(x, 0, 200000, nullptr, &error)); }));
    table.matrix_destroy(x);
  }
  for (const int64_t n : {2048, 8192, 20000}) {
    KindredCudaMatrix* a = nullptr;
    ok(table.matrix_create(context, n, n, &a, &error));
    const auto fill = [&] {
      for (int64_t r = 0; r < n; ++r) {
        std::vector<float> row(n, 0.5f);
        row[r] = static_cast<float>(n);
        ok(table.matrix_upload(a, r, 1, row.data(), n, nullptr, &error));
      }
    };
    std::vector<double> ms;
    for (int run = 0; run < 3; ++run) {
      fill();
      const auto start = std::chrono::steady_clock::now();
      ok(table.ease_weights(a, nullptr, &error));
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      ms.push_back(took.count());
    }
    std::sort(ms.begin(), ms.end());
    std::printf("weights of EASE, %5ld items  %10.1f ms\n", n, ms[1]);
    table.matrix_destroy(a);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count == 2 ? arguments[1] : "";
  const std::pair<const char*, void (*)()> all[] = {
      {"search", bench_search}, {"als", bench_als}, {"pooling", bench_pooling}, {"linear", bench_linear}};
  for (const auto& [name, run] : all) {
    if (what != name) continue;
    try {
      KindredCudaDevice device{};
      ok(table.device_info(0, &device, &error));
      std::printf("%s, sm_%d%d\n", device.name, device.major, device.minor);
      ok(table.context_create(0, 0, &context, &error));
      run();
      table.context_destroy(context);
      return 0;
    } catch (const std::exception& failure) {
      std::printf("failed: %s\n", failure.what());
      return 1;
    }
  }
  std::printf("usage: cuda_bench search|als|pooling|linear\n");
  return 2;
}

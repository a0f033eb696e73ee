// Search through the interface against the CPU.
#include <cmath>

#include "kindred/search/similarity.h"
#include "test/cuda_interface/device.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int32_t kDtypes[] = {KINDRED_CUDA_F32, KINDRED_CUDA_TF32, KINDRED_CUDA_BF16, KINDRED_CUDA_I8};
constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};
constexpr int64_t kSweep[] = {1, 31, 33, 1023, 1024, 1025, 4096};

KindredCudaKind kind_of(Metric metric, int32_t dtype, int32_t exact = 1) {
  return {static_cast<int32_t>(metric), dtype, exact};
}

class DeviceIndex {
 public:
  DeviceIndex(ConstMatrix items, const KindredCudaKind& kind) {
    CHECK_OK(table().index_create(context(), items.rows, items.cols, &kind, &index_, &error));
    const DeviceMatrix matrix(items.rows, items.cols, {items.data, items.data + items.rows * items.cols});
    // In two parts, to and from different rows.
    const int64_t half = items.rows / 2;
    CHECK_OK(table().index_fill(index_, half, matrix.get(), half, items.rows - half, 0, &error));
    CHECK_OK(table().index_fill(index_, 0, matrix.get(), 0, half, 0, &error));
  }
  ~DeviceIndex() { table().index_destroy(index_); }
  DeviceIndex(const DeviceIndex&) = delete;

  reference::Lists search(ConstMatrix queries, int64_t k, const ItemFilter& filter, bool on_device = false) const {
    reference::Lists out{std::vector<int32_t>(queries.rows * k, -7), std::vector<float>(queries.rows * k, -7.0f)};
    KindredCudaSearch search{};
    // One row before those that are meant.
    std::vector<float> values(queries.cols, 9.0f);
    values.insert(values.end(), queries.data, queries.data + queries.rows * queries.cols);
    const DeviceMatrix matrix(queries.rows + 1, queries.cols, values);
    if (on_device) {
      search.query_matrix = matrix.get();
      search.query_first = 1;
    } else {
      search.queries = queries.data;
      search.query_stride = queries.stride;
    }
    search.count = queries.rows;
    search.k = k;
    if (filter.exclude) {
      search.exclude_indptr = filter.exclude->indptr;
      search.exclude_indices = filter.exclude->indices;
    }
    search.allow = filter.allow;
    search.allow_shared = filter.allow_shared;
    search.indices = out.indices.data();
    search.scores = out.scores.data();
    CHECK_OK(table().index_search(index_, &search, nullptr, &error));
    return out;
  }

  KindredCudaIndex* get() const { return index_; }

 private:
  KindredCudaIndex* index_ = nullptr;
};

}  // namespace

TEST(lists_of_integers_equal_those_of_the_cpu) {
  Random random(1);
  for (const int64_t items : kSweep)
    for (const int64_t queries : {1, 33, 130}) {
      if (quick() && (queries != 33 || (items != 33 && items != 1025))) continue;
      const int64_t dims = items % 2 ? 33 : 64;
      const auto q = random.integers(queries * dims, -3, 3), x = random.integers(items * dims, -3, 3);
      const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
      const auto all = filters(random, queries, items);
      for (const Metric metric : {Metric::dot, Metric::euclidean})
        for (const int32_t dtype : kDtypes) {
          const DeviceIndex index(X, kind_of(metric, dtype));
          for (const int64_t k : {0, 1, 10, 100}) {
            const ItemFilter filter = all[(items + queries + k + dtype) % all.size()].get();
            CHECK_CLOSE(flat(index.search(Q, k, filter, k == 10)), flat(best(Q, X, metric, k, filter)), 0, 2e-7);
          }
        }
    }
}

TEST(lists_of_floats_equal_those_of_the_cpu) {
  Random random(2);
  for (const int64_t dims : {1, 31, 33, 128, 1025})
    for (const int64_t items : {33, 1025}) {
      const int64_t queries = 33, k = 20;
      if (quick() && (dims > 128 || items > 1000)) continue;
      const auto q = random.floats(queries * dims), x = random.floats(items * dims);
      const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
      for (const Metric metric : kMetrics) {
        const auto expected = best(Q, X, metric, k, {});
        for (const int32_t dtype : kDtypes)
          check_close_lists(DeviceIndex(X, kind_of(metric, dtype)).search(Q, k, {}), expected, k, 1e-5);
      }
    }
}

TEST(long_lists_and_many_queries) {
  Random random(3);
  const int64_t queries = quick() ? 100 : 1100, items = 3000, dims = 8;
  const auto q = random.floats(queries * dims), x = random.floats(items * dims);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  const DeviceIndex index(X, kind_of(Metric::dot, KINDRED_CUDA_F32));
  check_close_lists(index.search(Q, 5, {}), best(Q, X, Metric::dot, 5, {}), 5, 1e-5);
  const ConstMatrix few{q.data(), 3, dims};
  for (const int64_t k : {1000, 2048})
    check_close_lists(index.search(few, k, {}), best(few, X, Metric::dot, k, {}), k, 1e-5);
}

TEST(the_same_bits_each_time) {
  Random random(4);
  const int64_t queries = 65, items = 4096, dims = 33;
  const auto q = random.floats(queries * dims), x = random.floats(items * dims);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const int32_t dtype : kDtypes) {
    const DeviceIndex index(X, kind_of(Metric::cosine, dtype));
    CHECK_CLOSE(flat(index.search(Q, 50, {})), flat(index.search(Q, 50, {})), 0, 0);
  }
}

TEST(codes_alone_come_close) {
  Random random(5);
  const int64_t queries = 33, items = 1025, dims = 64, k = 10;
  const auto q = random.floats(queries * dims), x = random.floats(items * dims);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const Metric metric : kMetrics)
    for (const int32_t dtype : {KINDRED_CUDA_TF32, KINDRED_CUDA_BF16, KINDRED_CUDA_I8}) {
      const auto received = DeviceIndex(X, kind_of(metric, dtype, 0)).search(Q, k, {});
      CHECK_CLOSE(received.scores, doubles(best(Q, X, metric, k, {}).scores), 6e-2, 1e-2);
    }
}

// Scores that lie closer together than codes can tell: only the bound on their error keeps the right ones.
TEST(codes_never_rule_out_what_f32_lists) {
  Random random(7);
  const int64_t queries = 3, items = 4096, dims = 16, k = 10;
  const auto q = random.floats(queries * dims, 0.9, 1.1), x = random.floats(items * dims, 1, 1.01);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const Metric metric : kMetrics) {
    const auto scores = reference::similarity_matrix(Q, X, metric);
    const auto expected = reference::top_k_of_scores({scores.data(), queries, items}, k, {});
    for (const int32_t dtype : kDtypes)
      CHECK_CLOSE(DeviceIndex(X, kind_of(metric, dtype)).search(Q, k, {}).scores, doubles(expected.scores), 1e-6, 5e-7);
  }
}

TEST(a_score_that_is_not_a_number_is_never_listed) {
  std::vector<float> x(64 * 2, 1.0f);
  for (int64_t i = 0; i < 64; i += 2) x[i * 2] = 1e30f, x[i * 2 + 1] = -1e30f;
  const std::vector<float> q(2, 1e30f);
  const DeviceIndex index({x.data(), 64, 2}, kind_of(Metric::dot, KINDRED_CUDA_F32));
  const auto lists = index.search({q.data(), 1, 2}, 40, {});
  for (int64_t n = 0; n < 40; ++n) CHECK_EQUAL(lists.indices[n], n < 32 ? static_cast<int32_t>(2 * n + 1) : -1);
}

// Rows that are normalised already are taken as they are: lengths other than 1 show in the scores.
TEST(normalised_rows_are_taken_as_they_are) {
  const std::vector<float> x{2, 0, 0, 0.5};
  const DeviceMatrix matrix(2, 2, x);
  const KindredCudaKind kind = kind_of(Metric::cosine, KINDRED_CUDA_F32);
  for (const int32_t normalized : {0, 1}) {
    KindredCudaIndex* index = nullptr;
    CHECK_OK(table().index_create(context(), 2, 2, &kind, &index, &error));
    CHECK_OK(table().index_fill(index, 0, matrix.get(), 0, 2, normalized, &error));
    const float query[] = {3, 4};
    int32_t indices[2];
    float scores[2];
    KindredCudaSearch search{};
    search.queries = query;
    search.query_stride = 2;
    search.count = 1;
    search.k = 2;
    search.indices = indices;
    search.scores = scores;
    CHECK_OK(table().index_search(index, &search, nullptr, &error));
    const std::vector<double> expected = normalized ? std::vector<double>{1.2, 0.4} : std::vector<double>{0.8, 0.6};
    CHECK_CLOSE((std::vector<float>{scores[0], scores[1]}), expected, 1e-6, 1e-6);
    CHECK_EQUAL(indices[0], normalized ? 0 : 1);
    table().index_destroy(index);
  }
}

TEST(what_is_not_finite_or_out_of_range_is_refused) {
  const KindredCudaKind kind = kind_of(Metric::dot, KINDRED_CUDA_BF16);
  std::vector<float> x(5 * 4, 1.0f);
  const DeviceIndex index({x.data(), 5, 4}, kind);
  x[3 * 4 + 2] = INFINITY;
  x[4 * 4] = NAN;
  const DeviceMatrix bad(5, 4, x);
  KindredCudaError error{};
  CHECK_EQUAL(table().index_fill(index.get(), 0, bad.get(), 1, 4, 0, &error), int32_t{KINDRED_CUDA_INVALID});
  CHECK_EQUAL(error.row, int64_t{3});
  CHECK_FAILS(KINDRED_CUDA_INVALID, "expected rows", table().index_fill(index.get(), 2, bad.get(), 0, 4, 0, &error));
  int32_t indices[2];
  float scores[2];
  KindredCudaSearch search{};
  search.queries = x.data();
  search.query_stride = 4;
  search.count = 5;
  search.k = 1;
  search.indices = indices;
  search.scores = scores;
  CHECK_EQUAL(table().index_search(index.get(), &search, nullptr, &error), int32_t{KINDRED_CUDA_INVALID});
  CHECK_EQUAL(error.row, int64_t{3});
  search.count = 1;
  search.k = 2049;
  CHECK_FAILS(KINDRED_CUDA_INVALID, "2048", table().index_search(index.get(), &search, nullptr, &error));
  CHECK_EQUAL(table().search_bytes(5, 4, &kind, &search), int64_t{-1});
  search.k = 2;
  const unsigned char cancel = 1;
  CHECK_FAILS(KINDRED_CUDA_CANCELLED, "cancelled", table().index_search(index.get(), &search, &cancel, &error));
  const KindredCudaKind wrong = kind_of(Metric::dot, KINDRED_CUDA_F32, 0);
  KindredCudaIndex* none = nullptr;
  CHECK_FAILS(KINDRED_CUDA_INVALID, "exact 0", table().index_create(context(), 5, 4, &wrong, &none, &error));
  CHECK_EQUAL(table().index_bytes(5, 4, &wrong), int64_t{-1});
}

TEST(estimates_are_what_is_held) {
  Random random(6);
  const auto x = random.floats(1000 * 33);
  for (const int32_t dtype : kDtypes) {
    const KindredCudaKind kind = kind_of(Metric::euclidean, dtype);
    CHECK_OK(table().context_trim(context(), &error));
    int64_t before = 0, after = 0, working = 0, limit = 0;
    CHECK_OK(table().context_memory(context(), &before, &working, &limit, &error));
    const DeviceIndex index({x.data(), 1000, 33}, kind);
    CHECK_OK(table().context_trim(context(), &error));
    CHECK_OK(table().context_memory(context(), &after, &working, &limit, &error));
    CHECK_EQUAL(after - before, table().index_bytes(1000, 33, &kind));
    index.search({x.data(), 100, 33}, 10, {});
    KindredCudaSearch search{};
    search.queries = x.data();
    search.count = 100;
    search.k = 10;
    CHECK_OK(table().context_memory(context(), &after, &working, &limit, &error));
    CHECK(working > 0 && working <= table().search_bytes(1000, 33, &kind, &search));
  }
}

// The kernels of native/cuda that search, compiled for the host: their indices, masks, buffers and merges.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "cpu/search/vector_codes.h"
#include "test/harness/test.h"
#include "test/search/cuda_host_search.h"
#include "test/search/lists.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int32_t kDtypes[] = {KINDRED_CUDA_F32, KINDRED_CUDA_TF32, KINDRED_CUDA_BF16, KINDRED_CUDA_I8};
constexpr Metric kMetrics[] = {Metric::dot, Metric::cosine, Metric::euclidean};
constexpr int64_t kAwkward[] = {1, 31, 33, 1023, 1024, 1025, 4096};

KindredCudaKind kind_of(Metric metric, int32_t dtype, bool exact = true) {
  return {static_cast<int32_t>(metric), dtype, exact};
}

}  // namespace

TEST(fragments_cover_their_matrices) {
  std::vector<int> a(16 * 8), b(8 * 8), c(16 * 8);
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 4; ++i) ++a[cuda::place_in_a(lane, i).row * 8 + cuda::place_in_a(lane, i).col];
    for (int i = 0; i < 2; ++i) ++b[cuda::place_in_b(lane, i).row * 8 + cuda::place_in_b(lane, i).col];
    for (int i = 0; i < 4; ++i) ++c[cuda::place_in_c(lane, i).row * 8 + cuda::place_in_c(lane, i).col];
  }
  for (const auto& counts : {a, b, c}) CHECK_EQUAL(std::count(counts.begin(), counts.end(), 1), int64_t(counts.size()));
}

TEST(every_pair_of_a_tile_belongs_to_one_sum) {
  const auto check = [](auto query_of, auto row_of) {
    std::vector<int> seen(cuda::kTileQueries * cuda::kTileRows);
    for (int thread = 0; thread < cuda::kTileThreads; ++thread)
      for (int n = 0; n < cuda::kSums; ++n) ++seen[query_of(thread, n) * cuda::kTileRows + row_of(thread, n)];
    CHECK_EQUAL(std::count(seen.begin(), seen.end(), 1), int64_t(seen.size()));
  };
  check(cuda::FloatTile<false>::query_of, cuda::FloatTile<false>::row_of);
  check(cuda::CodeTile<KINDRED_CUDA_BF16>::query_of, cuda::CodeTile<KINDRED_CUDA_BF16>::row_of);
}

TEST(eight_rows_of_four_words_lie_in_all_banks) {
  for (int word = 0; word < cuda::kStepWords; word += 4) {
    std::vector<int> banks(32);
    for (int row = 0; row < 8; ++row)
      for (int part = 0; part < 4; ++part) ++banks[(row * cuda::kTileStride + word + part) % 32];
    CHECK_EQUAL(std::count(banks.begin(), banks.end(), 1), int64_t{32});
  }
}

TEST(keys_sort_by_score_and_then_by_row) {
  const float scores[] = {-INFINITY, -1e38f, -1, -1e-45f, 0, 1e-45f, 1, 1e38f, INFINITY};
  for (size_t i = 0; i + 1 < std::size(scores); ++i) {
    CHECK(cuda::key_of(scores[i], 0) < cuda::key_of(scores[i + 1], 2147483647));
    CHECK(cuda::key_of(scores[i], 7) > cuda::key_of(scores[i], 8));
    CHECK_EQUAL(cuda::score_of(cuda::key_of(scores[i], 7)), scores[i]);
    CHECK_EQUAL(cuda::row_of(cuda::key_of(scores[i], 2147483647)), 2147483647);
  }
  CHECK_EQUAL(cuda::key_of(-0.0f, 3), cuda::key_of(0.0f, 3));
  CHECK_EQUAL(cuda::key_of(NAN, 3), cuda::kNoKey);
  CHECK(cuda::key_of(-INFINITY, 2147483647) > cuda::kNoKey);
}

TEST(sorting_keeps_the_best) {
  Random random(1);
  for (const bool backwards : {false, true})
    for (const int64_t count : {1, 2, 31, 33, 511, 512, 513, 1023, 1024, 1025, 4096}) {
      cuda::backwards() = backwards;
      std::vector<uint64_t> keys(cuda::power_of_two(count)), staging(512);
      for (uint64_t& key : keys) key = random.bits() % 997;
      std::vector<uint64_t> expected(keys.begin(), keys.begin() + count);
      std::sort(expected.begin(), expected.end(), std::greater<>());
      const int64_t k = std::min<int64_t>(count, 100);
      cuda::keep_best(cuda::Warp(0), keys.data(), count, k, staging.data(), 512);
      CHECK(std::equal(expected.begin(), expected.begin() + k, keys.begin()));
    }
  cuda::backwards() = false;
}

TEST(codes_are_those_of_the_cpu) {
  Random random(2);
  for (const int32_t dtype : {KINDRED_CUDA_BF16, KINDRED_CUDA_I8})
    for (const int64_t dims : {1, 2, 3, 31, 33, 64, 1025}) {
      const auto values = random.floats(dims, -3, 3);
      const Dtype same = dtype == KINDRED_CUDA_I8 ? Dtype::i8 : Dtype::bf16;
      CodedVector coded(same, dims);
      coded.encode(values.data());
      std::vector<uint32_t> words(cuda::words_of(dtype, dims), 7u);
      float scale = 0;
      cuda::CodeBounds bounds{};
      const cuda::CodeRows to{words.data(), dtype == KINDRED_CUDA_I8 ? &scale : nullptr, nullptr, &bounds, nullptr};
      cuda::encode_row(cuda::Warp(0), dtype, values.data(), dims, true, to, 0);
      for (int64_t w = 0; w < static_cast<int64_t>(words.size()); ++w)
        CHECK_EQUAL(words[w], w < units_of(same, dims) ? coded.word(w) : 0u);
      if (dtype == KINDRED_CUDA_I8) CHECK_EQUAL(scale, coded.scale());
      CHECK_CLOSE((std::vector<double>{bounds.error, bounds.norm}), (std::vector<double>{coded.error(), coded.norm()}),
                  1e-12, 1e-12);
    }
}

TEST(tf32_is_rounded_to_ten_bits) {
  Random random(3);
  for (int n = 0; n < 1000; ++n) {
    const float value = static_cast<float>(random.uniform(-9, 9));
    const uint32_t code = cuda::tf32_of(value);
    CHECK_EQUAL(code & 0x1FFFu, 0u);
    CHECK(std::fabs(cuda::float_of(code) - value) <= 0x1p-11f * std::fabs(value));
  }
  CHECK(cuda::is_finite(cuda::float_of(cuda::tf32_of(3.4028235e38f))));
}

// Small integers: every sum is exact in every dtype, so lists are equal to the bit, ties and all.
TEST(lists_of_integers_equal_the_reference) {
  Random random(4);
  for (const int64_t items : kAwkward) {
    const int64_t queries = items > 1025 ? 3 : items == 1 ? 65 : 33, dims = items % 2 ? 31 : 40;
    const auto q = random.integers(queries * dims, -3, 3), x = random.integers(items * dims, -3, 3);
    const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
    for (const Metric metric : {Metric::dot, Metric::euclidean}) {
      const auto scores = reference::similarity_matrix(Q, X, metric);
      const auto all = filters(random, queries, items);
      for (const int32_t dtype : kDtypes)
        for (const int64_t k : {1, 10, 200}) {
          const ItemFilter filter = all[(items + k + dtype) % all.size()].get();
          const auto expected = reference::top_k_of_scores({scores.data(), queries, items}, k, filter);
          // int8 rounds its scales: lists are exact all the same, since what they leave is scored again.
          for (const int64_t tiles : {1, 3, 100})
            CHECK_CLOSE(flat(cuda_best(Q, X, kind_of(metric, dtype), k, filter, tiles)), flat(expected), 0, 2e-7);
        }
    }
  }
}

TEST(lists_of_floats_equal_the_reference) {
  Random random(5);
  for (const int64_t dims : {1, 33, 130})
    for (const Metric metric : kMetrics) {
      const int64_t queries = 5, items = 1025, k = 33;
      const auto q = random.floats(queries * dims), x = random.floats(items * dims);
      const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
      const auto scores = reference::similarity_matrix(Q, X, metric);
      const auto expected = reference::top_k_of_scores({scores.data(), queries, items}, k, {});
      for (const int32_t dtype : kDtypes)
        check_close_lists(cuda_best(Q, X, kind_of(metric, dtype), k, {}, 2), expected, k, 2e-6);
    }
}

// Scores that lie closer together than codes can tell: only the bound on their error keeps the right ones.
TEST(codes_never_rule_out_what_f32_lists) {
  Random random(8);
  const int64_t queries = 3, items = 4096, dims = 16, k = 10;
  const auto q = random.floats(queries * dims, 0.9, 1.1), x = random.floats(items * dims, 1, 1.01);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const Metric metric : kMetrics) {
    const auto scores = reference::similarity_matrix(Q, X, metric);
    const auto expected = reference::top_k_of_scores({scores.data(), queries, items}, k, {});
    for (const int32_t dtype : kDtypes)
      for (const int64_t tiles : {5, 100})
        CHECK_CLOSE(cuda_best(Q, X, kind_of(metric, dtype), k, {}, tiles).scores, doubles(expected.scores), 1e-6, 5e-7);
  }
}

TEST(codes_alone_come_close) {
  Random random(6);
  const int64_t queries = 33, items = 1025, dims = 64, k = 10;
  const auto q = random.floats(queries * dims), x = random.floats(items * dims);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const Metric metric : kMetrics) {
    const auto scores = reference::similarity_matrix(Q, X, metric);
    const auto expected = reference::top_k_of_scores({scores.data(), queries, items}, k, {});
    for (const int32_t dtype : {KINDRED_CUDA_TF32, KINDRED_CUDA_BF16, KINDRED_CUDA_I8}) {
      const auto received = cuda_best(Q, X, kind_of(metric, dtype, false), k, {}, 3);
      CHECK_CLOSE(received.scores, doubles(expected.scores), dtype == KINDRED_CUDA_TF32 ? 4e-3 : 6e-2, 1e-2);
    }
  }
}

// What an index gives back, normalised or decoded, has the same codes again; were it normalised once more, it had
// others.
TEST(decoded_rows_have_their_codes_again) {
  Random random(9);
  const int64_t rows = 100, dims = 33;
  const auto x = random.floats(rows * dims);
  for (const int32_t dtype : {KINDRED_CUDA_TF32, KINDRED_CUDA_BF16, KINDRED_CUDA_I8})
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t words = cuda::words_of(dtype, dims);
      std::vector<uint32_t> first(words), again(words);
      float scale = 1, same_scale = 1;
      const bool i8 = dtype == KINDRED_CUDA_I8;
      const auto encode = [&](const float* vector, std::vector<uint32_t>& to, float* scale) {
        cuda::encode_row(cuda::Warp(0), dtype, vector, dims, false,
                         {to.data(), i8 ? scale : nullptr, nullptr, nullptr, nullptr}, 0);
      };
      encode(x.data() + r * dims, first, &scale);
      std::vector<float> decoded(dims);
      for (int64_t d = 0; d < dims; ++d)
        decoded[d] = i8 ? static_cast<float>(static_cast<int8_t>(first[d / 4] >> d % 4 * 8)) * scale
                     : dtype == KINDRED_CUDA_BF16 ? cuda::float_of(first[d / 2] >> d % 2 * 16 << 16)
                                                  : cuda::float_of(first[d]);
      encode(decoded.data(), again, &same_scale);
      CHECK(first == again);
      CHECK_EQUAL(scale, same_scale);
    }
}

TEST(phases_may_run_in_any_order) {
  Random random(7);
  const int64_t queries = 33, items = 1025, dims = 33, k = 10;
  const auto q = random.floats(queries * dims), x = random.floats(items * dims);
  const ConstMatrix Q{q.data(), queries, dims}, X{x.data(), items, dims};
  for (const int32_t dtype : kDtypes) {
    const auto expected = cuda_best(Q, X, kind_of(Metric::dot, dtype), k, {}, 3);
    cuda::backwards() = true;
    CHECK_CLOSE(flat(cuda_best(Q, X, kind_of(Metric::dot, dtype), k, {}, 3)), flat(expected), 0, 0);
    cuda::backwards() = false;
  }
}

TEST(a_score_that_is_not_a_number_is_never_listed) {
  std::vector<float> x(64 * 4, 1.0f);
  for (int64_t i = 0; i < 64; i += 2) x[i * 4] = NAN;
  const std::vector<float> q(4, 1.0f);
  for (const Metric metric : kMetrics) {
    const auto lists = cuda_best({q.data(), 1, 4}, {x.data(), 64, 4}, kind_of(metric, KINDRED_CUDA_F32), 40, {}, 1);
    for (int64_t n = 0; n < 40; ++n) CHECK_EQUAL(lists.indices[n], n < 32 ? static_cast<int32_t>(2 * n + 1) : -1);
  }
}

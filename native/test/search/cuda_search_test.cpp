// Parts of the kernels that search, compiled for the host: places in tiles, keys, sorting, codes. Whole searches are
// tested through the interface.
#include <algorithm>
#include <cmath>

#include "cpu/search/vector_codes.h"
#include "cuda/search/search.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

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

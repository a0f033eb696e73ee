// Neighbours of patterns, both ways, and the kernels that count them.
#include <chrono>
#include <cmath>
#include <thread>

#include "cpu/neighbors/knn.h"
#include "cpu/runtime/kernel_table.h"
#include "reference/neighbors/knn.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Row r has each id with probability popularity(r, id).
template <class Popularity>
Csr random_patterns(Random& random, int64_t rows, int64_t cols, Popularity popularity) {
  Csr csr;
  csr.rows = rows;
  csr.cols = cols;
  csr.indptr.push_back(0);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c)
      if (random.uniform(0, 1) < popularity(r, c)) csr.indices.push_back(static_cast<int32_t>(c));
    csr.indptr.push_back(static_cast<int32_t>(csr.indices.size()));
  }
  return csr;
}

double skewed(int64_t r, int64_t c) { return 2.0 / std::sqrt(1.0 + static_cast<double>((r * 7) % 97) * (c % 53)); }

void check_lists(const NeighborLists& received, const Csr& expected) {
  CHECK_EQUAL(static_cast<int64_t>(received.size()), expected.rows);
  for (int64_t r = 0; r < expected.rows; ++r) {
    std::vector<double> items, scores, expected_items, expected_scores;
    for (const Scored& scored : received[r]) {
      items.push_back(scored.item);
      scores.push_back(scored.score);
    }
    for (int32_t n = expected.indptr[r]; n < expected.indptr[r + 1]; ++n) {
      expected_items.push_back(expected.indices[n]);
      expected_scores.push_back(expected.values[n]);
    }
    CHECK(items == expected_items);
    CHECK_CLOSE(scores, expected_scores, 1e-7, 1e-6);
  }
}

void check_both_ways(const Csr& csr, const KnnOptions& options) {
  const Csr expected = reference::nearest_rows(csr.view(), options);
  check_lists(lists_by_counting(csr.view(), options, nullptr), expected);
  check_lists(lists_by_products(csr.view(), options, nullptr), expected);
}

constexpr KnnSimilarity kSimilarities[] = {KnnSimilarity::cosine, KnnSimilarity::jaccard};

}  // namespace

TEST(both_ways_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 512, 513})
    for (const int64_t cols : {0, 1, 17})
      for (const double density : {0.0, 0.01, 0.2, 1.1}) {
        const Csr csr = random_patterns(random, rows, cols, [&](int64_t, int64_t) { return density; });
        for (const KnnSimilarity similarity : kSimilarities) {
          check_both_ways(csr, {similarity, 3, 0});
          check_both_ways(csr, {similarity, 70, 2.5});
        }
      }
}

TEST(rows_of_all_lengths_equal_the_reference) {
  Random random(2);
  const Csr skew = random_patterns(random, 1100, 40, skewed);
  // Lengths from all ids to none: a row of the end cannot be similar to a block of the start.
  const Csr steep =
      random_patterns(random, 1100, 40, [](int64_t r, int64_t) { return std::exp(-static_cast<double>(r) / 150); });
  const Csr longer =
      random_patterns(random, 530, 300, [](int64_t r, int64_t) { return std::exp(-static_cast<double>(r) / 150); });
  for (const Csr* csr : {&skew, &steep, &longer}) {
    check_both_ways(*csr, {KnnSimilarity::cosine, 1, 0});
    check_both_ways(*csr, {KnnSimilarity::jaccard, 20, 10});
    check_both_ways(*csr, {KnnSimilarity::cosine, 20, 1e33});
    check_both_ways(*csr, {KnnSimilarity::jaccard, int64_t{1} << 40, 0});
  }
}

TEST(equal_rows_are_listed_by_id) {
  Csr csr;
  csr.rows = 1500;
  csr.cols = 2;
  csr.indptr.push_back(0);
  for (int32_t r = 0; r < 1500; ++r) {
    csr.indices.push_back(r % 2);
    csr.indptr.push_back(r + 1);
  }
  const NeighborLists lists = lists_by_counting(csr.view(), {KnnSimilarity::cosine, 3, 0}, nullptr);
  for (int32_t r = 0; r < 1500; ++r) {
    CHECK_EQUAL(lists[r].size(), size_t{3});
    for (int32_t i = 0, other = r % 2; i < 3; ++i, other += 2) {
      if (other == r) other += 2;
      CHECK_EQUAL(lists[r][i].item, other);
      CHECK_CLOSE((std::vector<float>{lists[r][i].score}), (std::vector<double>{1}), 0, 0);
    }
  }
}

TEST(counting_gives_the_same_bits_for_any_number_of_threads) {
  Random random(3);
  const Csr csr = random_patterns(random, 1500, 100, skewed);
  CHECK_SAME_BITS({
    std::vector<double> all;
    for (const auto& list : lists_by_counting(csr.view(), {KnnSimilarity::cosine, 20, 1}, nullptr))
      for (const Scored& scored : list) {
        all.push_back(scored.item);
        all.push_back(scored.score);
      }
    return all;
  });
}

TEST(counting_is_chosen_where_rows_share_much) {
  Random random(4);
  CHECK(counting_pays(random_patterns(random, 600, 600, [](int64_t, int64_t) { return 0.3; }).view(), nullptr));
  Csr diagonal;
  diagonal.rows = diagonal.cols = 3000;
  for (int32_t r = 0; r <= 3000; ++r) diagonal.indptr.push_back(r);
  for (int32_t r = 0; r < 3000; ++r) diagonal.indices.push_back(r);
  CHECK(!counting_pays(diagonal.view(), nullptr));
  Csr none;
  none.indptr.push_back(0);
  CHECK(!counting_pays(none.view(), nullptr));
}

TEST(counts_are_exact_for_any_number_of_ids) {
  Random random(5);
  constexpr int64_t kIds = 1000;
  std::vector<uint64_t> bits(kIds * kPatterns / 64);
  for (uint64_t& word : bits)
    for (int i = 0; i < 64; ++i) word |= static_cast<uint64_t>(random.uniform(0, 1) < 0.6) << i;
  for (int64_t id = 0; id < kIds; ++id) bits[id * kPatterns / 64] |= 1;  // a column that all ids have
  for (const int64_t n :
       {0, 1, 15, 16, 17, 31, 32, 33, 127, 128, 255, 256, 257, 511, 4095, 4096, 65535, 65536, 70001}) {
    std::vector<int32_t> ids(n), expected(kPatterns, 0), received(kPatterns, -1);
    for (int32_t& id : ids) {
      id = static_cast<int32_t>(random.uniform(0, 1) * kIds);
      for (int64_t c = 0; c < kPatterns; ++c) expected[c] += bits[id * (kPatterns / 64) + c / 64] >> (c % 64) & 1;
    }
    kernels().count_patterns(bits.data(), ids.data(), n, received.data());
    CHECK(received == expected);
  }
}

TEST(counting_stops_when_aborted) {
  Random random(6);
  const Csr csr = random_patterns(random, 1500, 100, skewed);
  AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", counting_pays(csr.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", lists_by_counting(csr.view(), {}, &abort));
  abort = false;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    abort = true;
  });
  CHECK_THROWS("ERR_ABORTED", "aborted", for (;;) lists_by_counting(csr.view(), {}, &abort));
  later.join();
}

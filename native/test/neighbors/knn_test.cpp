#include "kindred/neighbors/knn.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "reference/neighbors/knn.h"
#include "reference/sparse/csr.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

void check_lists(const CsrView& rows, const KnnOptions& options) {
  const Csr received = nearest_rows(rows, options, nullptr), expected = reference::nearest_rows(rows, options);
  check_csr(received.view(), "neighbours");
  CHECK_EQUAL(received.rows, rows.rows);
  CHECK_EQUAL(received.cols, rows.rows);
  CHECK(received.indptr == expected.indptr);
  CHECK(received.indices == expected.indices);
  CHECK_CLOSE(received.values, expected.values, 1e-7, 1e-6);
}

// Rows of three ids, after some of a tenth of the ids.
Csr many_small_rows(Random& random, int64_t rows, int64_t cols, int64_t long_rows) {
  Csr csr;
  csr.rows = rows;
  csr.cols = cols;
  csr.indptr.push_back(0);
  for (int64_t r = 0; r < rows; ++r) {
    std::set<int32_t> ids;
    while (static_cast<int64_t>(ids.size()) < (r < long_rows ? cols / 10 : 3))
      ids.insert(static_cast<int32_t>(random.integer(0, cols - 1)));
    for (const int32_t id : ids) {
      csr.indices.push_back(id);
      csr.values.push_back(static_cast<float>(random.integer(1, 3)));  // ties
    }
    csr.indptr.push_back(static_cast<int32_t>(csr.indices.size()));
  }
  return csr;
}

// The reference for rows too many to be dense: pairs by column.
Csr nearest_by_columns(const CsrView& rows, const KnnOptions& options) {
  const Csr columns = reference::transpose(rows);
  const auto value = [](const CsrView& csr, int32_t n) { return csr.values ? double{csr.values[n]} : 1.0; };
  const CsrView by_column = columns.view();
  std::vector<double> squares(rows.rows, 0.0);
  for (int64_t r = 0; r < rows.rows; ++r)
    for (int32_t n = rows.indptr[r]; n < rows.indptr[r + 1]; ++n) squares[r] += value(rows, n) * value(rows, n);
  Csr out;
  out.rows = out.cols = rows.rows;
  out.indptr.push_back(0);
  for (int32_t r = 0; r < rows.rows; ++r) {
    std::map<int32_t, double> dots;
    for (int32_t n = rows.indptr[r]; n < rows.indptr[r + 1]; ++n)
      for (int32_t m = by_column.indptr[rows.indices[n]]; m < by_column.indptr[rows.indices[n] + 1]; ++m)
        dots[by_column.indices[m]] += value(rows, n) * (by_column.values ? value(by_column, m) : 1.0);
    dots.erase(r);
    std::vector<std::pair<float, int32_t>> list;  // minus the similarity, row
    for (const auto& [other, dot] : dots) {
      const double size = options.similarity == KnnSimilarity::jaccard
                              ? squares[r] + squares[other] - dot
                              : std::sqrt(squares[r]) * std::sqrt(squares[other]);
      list.emplace_back(-static_cast<float>(dot / (size + options.shrinkage)), other);
    }
    std::sort(list.begin(), list.end());
    list.resize(std::min<size_t>(list.size(), options.neighbors));
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& [minus, other] : list) {
      out.indices.push_back(other);
      out.values.push_back(-minus);
    }
    out.indptr.push_back(static_cast<int32_t>(out.indices.size()));
  }
  return out;
}

std::vector<double> flat(const Csr& csr) {
  std::vector<double> all = doubles(csr.indptr);
  for (const int32_t column : csr.indices) all.push_back(column);
  for (const float value : csr.values) all.push_back(value);
  return all;
}

constexpr KnnSimilarity kSimilarities[] = {KnnSimilarity::cosine, KnnSimilarity::jaccard};

}  // namespace

TEST(lists_equal_the_reference) {
  Random random(1);
  for (const int64_t rows : {0, 1, 2, 33, 129, 257})
    for (const int64_t cols : {0, 1, 3, 65, 127})
      for (const double density : {0.0, 0.002, 0.05, 1.1})
        for (const KnnSimilarity similarity : kSimilarities)
          for (const int64_t neighbors : {int64_t{1}, int64_t{7}, int64_t{1} << 40}) {
            Csr csr = random_csr(random, rows, cols, density, -1, 5);
            check_lists(csr.view(), {similarity, neighbors, 0});
            check_lists(csr.view(), {similarity, neighbors, 3.5});
            csr.values.clear();  // small counts: ties everywhere
            check_lists(csr.view(), {similarity, neighbors, 0});
          }
}

TEST(weighted_rows_of_all_lengths_equal_the_reference) {
  Random random(6);
  for (const double steepness : {20.0, 150.0}) {
    Csr csr;
    csr.rows = 1100;
    csr.cols = 90;
    csr.indptr.push_back(0);
    for (int32_t r = 0; r < 1100; ++r) {
      const double popularity = std::exp(-((r * 7) % 1100) / steepness) + 0.01;
      for (int32_t c = 0; c < 90; ++c)
        if (random.uniform(0, 1) < popularity) {
          csr.indices.push_back(c);
          csr.values.push_back(random.uniform(0, 1) < 0.1 ? -0.5f : static_cast<float>(random.uniform(0.01, 5)));
        }
      csr.indptr.push_back(static_cast<int32_t>(csr.indices.size()));
    }
    check_lists(csr.view(), {KnnSimilarity::cosine, 1, 0});
    check_lists(csr.view(), {KnnSimilarity::cosine, 20, 2.5});
    for (float& value : csr.values) value = value < 0 ? 1e30f : value * 1e-25f;  // norms beyond float
    check_lists(csr.view(), {KnnSimilarity::cosine, 20, 1e33});
  }
}

TEST(lists_of_many_small_rows_are_those_of_all_pairs) {
  Random random(7);
  for (const int64_t long_rows : {0, 40}) {
    Csr csr = many_small_rows(random, 20000, 9000, long_rows);
    for (int values = 0; values < 2; ++values, csr.values.clear())
      for (const KnnSimilarity similarity : kSimilarities) {
        if (similarity == KnnSimilarity::jaccard && values == 0) continue;  // it passes them over
        const KnnOptions options{similarity, 3, 1};
        const Csr expected = nearest_by_columns(csr.view(), options);
        CHECK_SAME_BITS({
          const Csr received = nearest_rows(csr.view(), options, nullptr);
          CHECK(received.indptr == expected.indptr);
          CHECK(received.indices == expected.indices);
          CHECK_CLOSE(received.values, expected.values, 0, 0);
          return flat(received);
        });
      }
  }
}

TEST(ties_go_to_the_first_rows_and_zero_rows_have_no_neighbours) {
  const std::vector<int32_t> indptr{0, 1, 2, 3, 4, 4, 5}, indices{0, 0, 0, 0, 1};
  const std::vector<float> values{2, 2, 2, 0, 1};
  const CsrView rows{indptr.data(), indices.data(), values.data(), 6, 2};
  const Csr lists = nearest_rows(rows, {KnnSimilarity::cosine, 1, 0}, nullptr);
  CHECK(lists.indptr == (std::vector<int32_t>{0, 1, 2, 3, 3, 3, 3}));
  CHECK(lists.indices == (std::vector<int32_t>{1, 0, 0}));
  CHECK(lists.values == (std::vector<float>{1, 1, 1}));
}

TEST(a_similarity_is_the_same_from_both_sides) {
  Random random(2);
  const Csr csr = random_csr(random, 129, 65, 0.1, 0.01, 5);
  const Csr lists = nearest_rows(csr.view(), {KnnSimilarity::cosine, 1000, 2}, nullptr);
  CHECK(flat(lists) == flat(reference::transpose(lists.view())));
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(3);
  for (const double density : {0.003, 0.2}) {
    const Csr csr = random_csr(random, 1025, 127, density);
    CHECK_SAME_BITS(return flat(nearest_rows(csr.view(), {KnnSimilarity::cosine, 20, 1}, nullptr)));
  }
}

TEST(weights_equal_the_reference) {
  Random random(4);
  for (const int64_t rows : {0, 1, 2, 33, 1025})
    for (const int64_t cols : {0, 1, 3, 65})
      for (const double density : {0.0, 0.05, 1.1}) {
        Csr csr = random_csr(random, rows, cols, density, -1, 5);
        for (int values = 0; values < 2; ++values, csr.values.clear()) {
          const std::vector<double> norms = length_norms(csr.view(), nullptr);
          for (const TermWeighting weighting : {TermWeighting::tfidf, TermWeighting::bm25})
            CHECK_CLOSE(weigh(csr.view(), weighting, norms.data(), nullptr), reference::weigh(csr.view(), weighting),
                        1e-7, 1e-6);
        }
      }
}

TEST(weights_that_are_all_zero_stay_finite) {
  const std::vector<int32_t> indptr{0, 1, 2}, indices{0, 0};
  const std::vector<float> values{0, -1};
  const CsrView documents{indptr.data(), indices.data(), values.data(), 2, 1};
  const std::vector<double> norms = length_norms(documents, nullptr);
  CHECK(norms == (std::vector<double>{0.25, 0.25}));
  CHECK_CLOSE(weigh(documents, TermWeighting::bm25, norms.data(), nullptr), (std::vector<double>{0, 0}), 0, 0);
}

TEST(refuses_what_is_illegal_and_stops_when_aborted) {
  Random random(5);
  const Csr csr = random_csr(random, 3, 3, 1);
  CHECK_THROWS("ERR_VALUE", "neighbors", nearest_rows(csr.view(), {KnnSimilarity::cosine, 0, 0}, nullptr));
  CHECK_THROWS("ERR_VALUE", "shrinkage", nearest_rows(csr.view(), {KnnSimilarity::cosine, 1, -1}, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", nearest_rows(csr.view(), {}, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", length_norms(csr.view(), &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", weigh(csr.view(), TermWeighting::tfidf, nullptr, &abort));
}

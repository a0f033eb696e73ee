#include "reference/trees/trees.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/runtime/random.h"
#include "kindred/trees/bins.h"
#include "kindred/trees/ensemble.h"
#include "kindred/trees/target_statistics.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/trees/problem.h"

using namespace kindred;
using namespace kindred::test;
using namespace kindred::trees;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<double> edges_of(const std::vector<double>& numbers, int64_t bins) {
  return bin_edges({{numbers.data(), nullptr, 1}}, static_cast<int64_t>(numbers.size()), bins, nullptr).values;
}

Ensemble fitted(const TreeProblem& problem) {
  BoosterOptions options;
  options.leaf_rows = 2;
  Booster booster(problem.table(), {}, problem.edges_view(), options, nullptr);
  for (int t = 0; t < 4; ++t) booster.step(nullptr);
  return booster.ensemble();
}

}  // namespace

TEST(edges_of_few_numbers_lie_between_them) {
  Random random(1);
  for (const int64_t count : {0, 1, 2, 33, 1000}) {
    std::vector<double> numbers(count);
    for (double& number : numbers) number = static_cast<double>(random.integer(-30, 30)) / 3;
    if (count > 2) numbers[1] = kMissing, numbers[2] = -std::numeric_limits<double>::infinity();
    CHECK_CLOSE(edges_of(numbers, 255), reference::edges_between(numbers), 1e-15, 1e-15);
    std::vector<float> floats(numbers.begin(), numbers.end());
    const Edges narrow = bin_edges({{nullptr, floats.data(), 1}}, count, 255, nullptr);
    CHECK_CLOSE(narrow.values, reference::edges_between({floats.begin(), floats.end()}), 1e-15, 1e-15);
  }
}

TEST(edges_of_many_numbers_hold_about_as_many_each) {
  Random random(2);
  std::vector<double> numbers(50000);
  for (double& number : numbers) number = std::exp(random.uniform(-3, 3));
  for (const int64_t bins : {2, 16, 255}) {
    const std::vector<double> edges = edges_of(numbers, bins);
    CHECK_EQUAL(static_cast<int64_t>(edges.size()), bins - 1);
    std::vector<int64_t> held(bins, 0);
    for (const double number : numbers) ++held[reference::bin_of(number, edges) - 1];
    const double share = 50000.0 / static_cast<double>(bins);
    CHECK(*std::min_element(held.begin(), held.end()) > 0.9 * share);
    CHECK(*std::max_element(held.begin(), held.end()) < 1.1 * share);
  }
  // Half of the rows have one number: a bin of its own, and the others are still told apart.
  for (int64_t i = 0; i < 25000; ++i) numbers[i] = 1.0;
  const std::vector<double> edges = edges_of(numbers, 64);
  CHECK(edges.size() >= 60);
  const int own = reference::bin_of(1.0, edges);
  CHECK(reference::bin_of(0.98, edges) < own);
  CHECK(reference::bin_of(1.02, edges) > own);
}

TEST(edges_of_more_rows_than_are_looked_at) {
  Random random(3);
  std::vector<float> numbers = random.floats(450000);
  const NumberSource source{nullptr, numbers.data(), 1};
  const Edges edges = bin_edges({source}, 450000, 255, nullptr);
  CHECK_EQUAL(edges.values.size(), size_t{254});
  for (int64_t e = 0; e < 254; ++e) CHECK(std::fabs(edges.values[e] - (2.0 * (e + 1) / 255 - 1)) < 0.02);
  CHECK_SAME_BITS(return bin_edges({source, source, source}, 450000, 255, nullptr).values);
}

TEST(bins_are_those_of_the_reference) {
  Random random(4);
  for (const int64_t count : {0, 1, 2, 3, 7, 8, 9, 100, 254}) {
    std::vector<double> edges(count);
    for (int64_t e = 0; e < count; ++e) edges[e] = static_cast<double>(2 * e);
    std::vector<double> numbers = {kMissing, 1e300, -1e300, std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()};
    for (int n = 0; n < 600; ++n) numbers.push_back(static_cast<double>(random.integer(-4, 2 * count + 4)));
    std::vector<uint8_t> bins(2 * numbers.size(), 77);
    write_bins({numbers.data(), nullptr, 1}, 1, static_cast<int64_t>(numbers.size()) - 1, edges.data(), count,
               bins.data(), 2);
    for (size_t n = 1; n < numbers.size(); ++n) {
      CHECK_EQUAL(int{bins[2 * (n - 1)]}, reference::bin_of(numbers[n], edges));
      CHECK_EQUAL(int{bins[2 * (n - 1) + 1]}, 77);
    }
  }
}

TEST(scores_are_those_of_a_walk) {
  Random random(5);
  for (const int64_t columns : {1, 9}) {
    const TreeProblem train(random, 400, columns, 0.2, Objective::log_loss);
    const Ensemble ensemble = fitted(train);
    for (const int64_t rows : kSizes) {
      std::vector<std::vector<float>> numbers(columns);
      std::vector<NumberSource> sources;
      for (std::vector<float>& column : numbers) {
        column = random.floats(3 * rows + 1, -5, 45);
        for (float& number : column)
          if (number < 0) number = std::numeric_limits<float>::quiet_NaN();
        sources.push_back({nullptr, column.data(), 3});
      }
      std::vector<double> scores(rows), expected(rows);
      ensemble_scores(view_of(ensemble), train.edges_view(), sources, rows, 0.25, scores.data(), nullptr);
      for (int64_t r = 0; r < rows; ++r) {
        std::vector<uint8_t> bins;
        for (int64_t c = 0; c < columns; ++c) {
          const auto first = train.edges.values.begin();
          const std::vector<double> own(first + train.edges.offsets[c], first + train.edges.offsets[c + 1]);
          bins.push_back(static_cast<uint8_t>(reference::bin_of(static_cast<double>(numbers[c][3 * r]), own)));
        }
        expected[r] = reference::score_of(ensemble, bins, 0.25);
      }
      CHECK_CLOSE(scores, expected, 0, 0);
      std::vector<float> odds(rows), cut(rows);
      const auto predict = [&](bool logistic, std::vector<float>& out) {
        ensemble_predict(view_of(ensemble), train.edges_view(), sources, rows, 0.25, logistic, out.data(), nullptr);
      };
      predict(true, odds);
      predict(false, cut);
      std::vector<double> p, bounded;
      for (const double score : expected) {
        p.push_back(1 / (1 + std::exp(-score)));
        bounded.push_back(std::min(1.0, std::max(0.0, score)));
      }
      CHECK_CLOSE(odds, p, 1e-7, 1e-7);
      CHECK_CLOSE(cut, bounded, 1e-7, 1e-7);
    }
  }
}

TEST(damaged_trees_are_refused) {
  Random random(6);
  const TreeProblem problem(random, 300, 4, 0.2, Objective::log_loss);
  const Ensemble good = fitted(problem);
  const auto damaged = [&](auto change) {
    Ensemble bad = good;
    change(bad);
    check_ensemble(view_of(bad), problem.edges_view());
  };
  damaged([](Ensemble&) {});
  const int32_t second = good.offsets[1];
  CHECK_THROWS("ERR_VALUE", "after the node", damaged([&](Ensemble& e) {
                 e.lefts[second + 1] = 1;
                 e.columns[second + 1] = 0;
                 e.bins[second + 1] = 1;
               }));
  CHECK_THROWS("ERR_VALUE", "node 0 of tree 1", damaged([&](Ensemble& e) { e.lefts[second] = 0; }));
  CHECK_THROWS("ERR_VALUE", "within the tree", damaged([&](Ensemble& e) { e.lefts[second] = 1 << 30; }));
  CHECK_THROWS("ERR_VALUE", "within the tree", damaged([&](Ensemble& e) { e.lefts[second] = -4; }));
  CHECK_THROWS("ERR_VALUE", "column below 4", damaged([&](Ensemble& e) { e.columns[second] = 4; }));
  CHECK_THROWS("ERR_VALUE", "column below 4", damaged([&](Ensemble& e) { e.columns[second] = -2; }));
  CHECK_THROWS("ERR_VALUE", "child", damaged([&](Ensemble& e) { e.columns[second] = -1; }));
  CHECK_THROWS("ERR_VALUE", "bin of its column", damaged([&](Ensemble& e) { e.bins[second] = 0; }));
  CHECK_THROWS("ERR_VALUE", "0 or 1", damaged([&](Ensemble& e) { e.missing_left[second] = 2; }));
  CHECK_THROWS("ERR_VALUE", "finite", damaged([&](Ensemble& e) { e.values[second] = INFINITY; }));
  CHECK_THROWS("ERR_VALUE", "offsets", damaged([&](Ensemble& e) { e.offsets.back() += 1; }));
  CHECK_THROWS("ERR_VALUE", "root of tree 1", damaged([&](Ensemble& e) { e.offsets[2] = e.offsets[1]; }));
  CHECK_THROWS("ERR_VALUE", "root of tree", damaged([&](Ensemble& e) { e.offsets[1] = 1 << 30; }));
  // Whatever is changed, the check throws or the walk ends.
  for (int n = 0; n < 3000; ++n) {
    Ensemble bad = good;
    for (int changes = 0; changes < 2; ++changes) {
      const auto any = [&](auto& list) -> auto& { return list[random.integer(0, list.size() - 1)]; };
      switch (random.integer(0, 4)) {
        case 0:
          any(bad.lefts) = static_cast<int32_t>(random.integer(-2, 70));
          break;
        case 1:
          any(bad.columns) = static_cast<int32_t>(random.integer(-2, 4));
          break;
        case 2:
          any(bad.bins) = static_cast<uint8_t>(random.integer(0, 255));
          break;
        case 3:
          any(bad.offsets) = static_cast<int32_t>(random.integer(-1, 300));
          break;
        default:
          any(bad.values) = static_cast<float>(random.uniform(-1, 1));
          break;
      }
    }
    try {
      std::vector<double> scores(problem.rows);
      ensemble_scores(view_of(bad), problem.edges_view(), problem.sources, problem.rows, 0, scores.data(), nullptr);
    } catch (const Error& error) {
      CHECK_EQUAL(std::string(error.code()), std::string("ERR_VALUE"));
    }
  }
}

TEST(damaged_edges_are_refused) {
  const std::vector<double> values = {1, 2, 2, 5};
  const std::vector<int32_t> fine = {0, 2, 4}, short_of = {0, 2, 3}, descending = {0, 5, 4}, repeated = {0, 3, 4};
  check_edges({values.data(), fine.data(), 2}, 4);
  CHECK_THROWS("ERR_SHAPE", "offsets", check_edges({values.data(), short_of.data(), 2}, 4));
  CHECK_THROWS("ERR_SHAPE", "column", check_edges({values.data(), descending.data(), 2}, 4));
  CHECK_THROWS("ERR_VALUE", "edge 2 of column 0", check_edges({values.data(), repeated.data(), 2}, 4));
}

TEST(statistics_know_the_rows_before) {
  Random random(7);
  for (const int64_t rows : {0, 1, 50, 300}) {
    std::vector<int32_t> codes, offsets{0}, members;
    std::vector<std::vector<int32_t>> one(rows), several(rows);
    std::vector<float> labels(rows);
    for (int64_t r = 0; r < rows; ++r) {
      labels[r] = static_cast<float>(random.integer(0, 1));
      codes.push_back(static_cast<int32_t>(random.integer(-1, 6)));
      if (codes.back() >= 0) one[r].push_back(codes.back());
      for (int64_t n = random.integer(0, 3); n > 0; --n)
        several[r].push_back(static_cast<int32_t>(random.integer(0, 4)));
      members.insert(members.end(), several[r].begin(), several[r].end());
      offsets.push_back(static_cast<int32_t>(members.size()));
    }
    const std::vector<CategorySource> sources = {{codes.data(), nullptr, 7}, {members.data(), offsets.data(), 5}};
    std::vector<double> a(rows), b(rows), total_a(7), total_b(5);
    ordered_target_statistics(sources, labels.data(), rows, 0.4, 2, 9, {a.data(), b.data()},
                              {total_a.data(), total_b.data()}, nullptr);
    const auto order = RandomStream(mix_seeds(9, 0x6f72646572)).permutation(rows, nullptr);
    CHECK_CLOSE(a, reference::ordered_statistics(one, labels, order, 0.4, 2), 1e-14, 1e-14);
    CHECK_CLOSE(b, reference::ordered_statistics(several, labels, order, 0.4, 2), 1e-14, 1e-14);
    double sum = 2 * 0.4, count = 2;
    for (int64_t r = 0; r < rows; ++r)
      if (codes[r] == 3) sum += static_cast<double>(labels[r]), ++count;
    CHECK_CLOSE(std::vector<double>{total_a[3]}, std::vector<double>{sum / count}, 1e-14, 1e-14);
  }
  const std::vector<int32_t> beyond = {7};
  const float label = 1;
  double out = 0;
  std::vector<double> totals(7);
  CHECK_THROWS(
      "ERR_VALUE", "below 7",
      ordered_target_statistics({{beyond.data(), nullptr, 7}}, &label, 1, 0.5, 1, 0, {&out}, {totals.data()}, nullptr));
}

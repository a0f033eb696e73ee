#include "kindred/trees/booster.h"

#include <algorithm>
#include <cmath>

#include "reference/trees/trees.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/trees/problem.h"

using namespace kindred;
using namespace kindred::test;
using namespace kindred::trees;

namespace {

BoosterOptions small_options(Objective objective) {
  BoosterOptions options;
  options.objective = objective;
  options.leaves = 9;
  options.leaf_rows = 3;
  options.learning_rate = 0.3;
  return options;
}

// Holds the last tree against the reference: each split gains what it says and no other one more, leaves have their
// values, and the leaf that gained most was split first.
void check_last_tree(const TreeProblem& problem, const Ensemble& e, const BoosterOptions& options,
                     const std::vector<double>& scores_before) {
  std::vector<double> first, second;
  reference::derivatives(options.objective, scores_before, problem.labels, first, second);
  const int32_t root = e.offsets[e.trees() - 1], count = e.offsets[e.trees()] - root;
  std::vector<std::vector<int32_t>> rows(count);
  for (int64_t r = 0; r < problem.rows; ++r) rows[0].push_back(static_cast<int32_t>(r));
  int64_t leaves = 0;
  std::vector<double> gains(count);  // the best of each node
  for (int32_t n = 0; n < count; ++n) {
    const int32_t at = root + n;
    gains[n] = reference::best_gain(rows[n], problem.bins, first, second, options);
    CHECK_EQUAL(int64_t{e.rows[at]}, static_cast<int64_t>(rows[n].size()));
    if (e.columns[at] < 0) {
      ++leaves;
      double g = 0, h = options.l2;
      for (const int32_t row : rows[n]) {
        g += first[row];
        h += second[row];
      }
      CHECK_CLOSE(std::vector<float>{e.values[at]}, std::vector<double>{-options.learning_rate * g / h}, 1e-6, 1e-5);
      continue;
    }
    const std::vector<uint8_t>& bins = problem.bins[e.columns[at]];
    const auto cut = reference::cut_of(rows[n], bins, e.bins[at], e.missing_left[at] != 0, first, second, options.l2);
    CHECK_CLOSE(std::vector<float>{e.gains[at]}, std::vector<double>{cut.gain}, 1e-5, 1e-4);
    CHECK_CLOSE(std::vector<double>{cut.gain}, std::vector<double>{gains[n]}, 1e-5, 1e-5);
    CHECK(std::min(cut.rows[0], cut.rows[1]) >= options.leaf_rows);
    for (const int32_t row : rows[n]) {
      const bool left = bins[row] == 0 ? e.missing_left[at] != 0 : bins[row] <= e.bins[at];
      rows[e.lefts[at] + !left].push_back(row);
    }
  }
  CHECK(leaves <= options.leaves);
  // Always the leaf that gains most was split; children are numbered in the order of the splits.
  for (int32_t n = 0; n < count; ++n)
    for (int32_t other = 0; other < count; ++other) {
      const int32_t when = e.lefts[root + n], then = e.lefts[root + other];
      if (when == 0 ? leaves < options.leaves && gains[n] > 1e-5 : false) CHECK(false);
      if (when > 0 && other < when && (then == 0 || then > when)) CHECK(gains[other] <= gains[n] * (1 + 1e-5) + 1e-5);
    }
}

}  // namespace

TEST(trees_are_those_of_the_reference) {
  Random random(1);
  for (const Objective objective : {Objective::log_loss, Objective::squared_error})
    for (const int64_t rows : {2, 7, 33, 300})
      for (const int64_t columns : {1, 3, 8, 9, 17})
        for (const double missing : {0.0, 0.3}) {
          TreeProblem problem(random, rows, columns, missing, objective);
          problem.labels[0] = 0;
          problem.labels[1] = 1;
          BoosterOptions options = small_options(objective);
          options.l2 = columns % 2 ? 0 : 1.5;
          options.leaf_rows = rows < 10 ? 1 : 3;
          Booster booster(problem.table(), {}, problem.edges_view(), options, nullptr);
          std::vector<double> before(rows, booster.base());
          for (int t = 0; t < 3; ++t) {
            booster.step(nullptr);
            check_last_tree(problem, booster.ensemble(), options, before);
            for (int64_t r = 0; r < rows; ++r)
              before[r] = reference::score_of(booster.ensemble(), problem.bins_of(r), booster.base());
            CHECK_CLOSE(std::vector<double>(booster.scores(), booster.scores() + rows), before, 0, 0);
          }
        }
}

TEST(limits_of_trees_are_kept) {
  Random random(2);
  const TreeProblem problem(random, 500, 5, 0.1, Objective::log_loss);
  BoosterOptions options = small_options(Objective::log_loss);
  options.depth = 2;
  options.leaf_rows = 40;
  options.leaf_weight = 12;
  Booster deep(problem.table(), {}, problem.edges_view(), options, nullptr);
  deep.step(nullptr);
  CHECK(deep.ensemble().columns.size() <= 7);
  for (size_t n = 0; n < deep.ensemble().rows.size(); ++n) CHECK(deep.ensemble().rows[n] >= 48);  // a row weighs 0.25
  options = small_options(Objective::log_loss);
  options.gain = 1e6;
  Booster none(problem.table(), {}, problem.edges_view(), options, nullptr);
  none.step(nullptr);
  CHECK_EQUAL(none.ensemble().columns.size(), size_t{1});
}

TEST(the_loss_falls_and_is_told_of_held_out_rows) {
  Random random(3);
  const TreeProblem train(random, 2000, 6, 0.1, Objective::log_loss);
  const TreeProblem other(random, 600, 6, 0.1, Objective::log_loss);
  const LabelledTable held_out{other.sources, other.labels.data(), other.rows};
  Booster booster(train.table(), held_out, train.edges_view(), small_options(Objective::log_loss), nullptr);
  double first = 0, last = 0;
  for (int t = 0; t < 30; ++t) {
    last = booster.step(nullptr);
    if (t == 0) first = last;
  }
  CHECK(last < 0.8 * first);
  std::vector<double> scores(other.rows);
  ensemble_scores(view_of(booster.ensemble()), train.edges_view(), other.sources, other.rows, booster.base(),
                  scores.data(), nullptr);
  CHECK_CLOSE(std::vector<double>(booster.validation_scores(), booster.validation_scores() + other.rows), scores, 0, 0);
  double loss = 0;
  for (int64_t r = 0; r < other.rows; ++r)
    loss -=
        std::log(1 / (1 + std::exp(other.labels[r] > 0 ? -scores[r] : scores[r]))) / static_cast<double>(other.rows);
  CHECK_CLOSE(std::vector<double>{last}, std::vector<double>{loss}, 1e-12, 1e-12);
  double own = 0;
  for (int64_t r = 0; r < train.rows; ++r)
    own += std::log1p(std::exp(train.labels[r] > 0 ? -booster.scores()[r] : booster.scores()[r]));
  CHECK_CLOSE(std::vector<double>{booster.loss(nullptr)}, std::vector<double>{own / 2000}, 1e-12, 1e-12);
}

TEST(rows_and_columns_are_drawn_by_the_seed) {
  Random random(4);
  const TreeProblem problem(random, 3000, 12, 0.1, Objective::log_loss);
  BoosterOptions options = small_options(Objective::log_loss);
  options.row_share = 0.5;
  options.column_share = 0.25;
  const auto fitted = [&](uint64_t seed) {
    options.seed = seed;
    Booster booster(problem.table(), {}, problem.edges_view(), options, nullptr);
    for (int t = 0; t < 5; ++t) booster.step(nullptr);
    const Ensemble& e = booster.ensemble();
    for (int64_t t = 0; t < e.trees(); ++t) {
      CHECK(std::abs(e.rows[e.offsets[t]] - 1500) < 150);
      std::vector<int32_t> asked;
      for (int32_t n = e.offsets[t]; n < e.offsets[t + 1]; ++n)
        if (e.columns[n] >= 0 && std::find(asked.begin(), asked.end(), e.columns[n]) == asked.end())
          asked.push_back(e.columns[n]);
      CHECK(asked.size() <= 3);
    }
    std::vector<double> scores(problem.rows);
    for (int64_t r = 0; r < problem.rows; ++r) scores[r] = reference::score_of(e, problem.bins_of(r), booster.base());
    CHECK_CLOSE(std::vector<double>(booster.scores(), booster.scores() + problem.rows), scores, 1e-12, 0);
    return doubles(e.values);
  };
  CHECK(fitted(1) == fitted(1));
  CHECK(fitted(1) != fitted(2));
}

TEST(threads_change_no_bit) {
  Random random(5);
  for (const int64_t columns : {3, 20}) {
    const TreeProblem problem(random, 70000, columns, 0.1, Objective::log_loss, 400);
    const TreeProblem held_out(random, 5000, columns, 0.1, Objective::log_loss, 400);
    for (const double share : {1.0, 0.7})
      CHECK_SAME_BITS(BoosterOptions options; options.row_share = share;
                      Booster booster(problem.table(), held_out.table(), problem.edges_view(), options, nullptr);
                      std::vector<double> out; for (int t = 0; t < 3; ++t) out.push_back(booster.step(nullptr));
                      for (const float value
                           : booster.ensemble().values) out.push_back(value);
                      for (const int32_t column
                           : booster.ensemble().columns) out.push_back(column);
                      return out);
  }
}

TEST(a_booster_refuses_what_it_cannot_use_and_stops_when_aborted) {
  Random random(6);
  TreeProblem problem(random, 100, 3, 0.1, Objective::log_loss);
  const auto with = [&](auto change) {
    BoosterOptions options = small_options(Objective::log_loss);
    change(options);
    Booster(problem.table(), {}, problem.edges_view(), options, nullptr);
  };
  CHECK_THROWS("ERR_VALUE", "leaves", with([](auto& o) { o.leaves = 1; }));
  CHECK_THROWS("ERR_VALUE", "learningRate", with([](auto& o) { o.learning_rate = 0; }));
  CHECK_THROWS("ERR_VALUE", "l2", with([](auto& o) { o.l2 = -1; }));
  CHECK_THROWS("ERR_VALUE", "rowShare", with([](auto& o) { o.row_share = 1.5; }));
  CHECK_THROWS("ERR_VALUE", "columnShare", with([](auto& o) { o.column_share = 0; }));
  CHECK_THROWS("ERR_VALUE", "leafRows", with([](auto& o) { o.leaf_rows = 0; }));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted",
               Booster(problem.table(), {}, problem.edges_view(), small_options(Objective::log_loss), &abort));
  Booster booster(problem.table(), {}, problem.edges_view(), small_options(Objective::log_loss), nullptr);
  CHECK_THROWS("ERR_ABORTED", "aborted", booster.step(&abort));
  problem.labels[7] = 2;
  CHECK_THROWS("ERR_VALUE", "row 7", with([](auto&) {}));
  std::fill(problem.labels.begin(), problem.labels.end(), 1.0f);
  CHECK_THROWS("ERR_VALUE", "both", with([](auto&) {}));
  CHECK_THROWS("ERR_SHAPE", "columns",
               Booster({{}, problem.labels.data(), 100}, {}, problem.edges_view(), {}, nullptr));
}

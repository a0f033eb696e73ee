#include "kindred/sgd/bpr_batches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cpu/sgd/adam_clock.h"
#include "cpu/sgd/bpr_batch_draws.h"
#include "cpu/sgd/touched_rows.h"
#include "reference/sgd/bpr_batches.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr Optimizer kOptimizers[] = {Optimizer::sgd, Optimizer::adagrad, Optimizer::adam};

// A model and its moments, factors padded with zeros.
struct Model {
  int64_t users, items, width;
  std::vector<float> X, Y, item_bias;
  std::vector<std::vector<float>> moments;

  Model(Random& random, int64_t users, int64_t items, int64_t factors)
      : users(users),
        items(items),
        width((factors + kSgdLane - 1) / kSgdLane * kSgdLane),
        X(padded(random, users, factors)),
        Y(padded(random, items, factors)),
        item_bias(random.floats(items)) {
    for (int n = 0; n < 2; ++n)
      for (const size_t size : {X.size(), Y.size(), item_bias.size()}) moments.emplace_back(size, 0.0f);
  }
  std::vector<float> padded(Random& random, int64_t rows, int64_t factors) const {
    std::vector<float> out(rows * width, 0.0f);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t f = 0; f < factors; ++f) out[r * width + f] = static_cast<float>(random.uniform(-0.5, 0.5));
    return out;
  }
  SgdModel view() { return {{X.data(), users, width}, {Y.data(), items, width}, nullptr, item_bias.data()}; }
  SgdMoments moment(int n) {
    return {
        {moments[3 * n].data(), users, width}, {moments[3 * n + 1].data(), items, width}, moments[3 * n + 2].data()};
  }
  SgdLoss epoch(const Csr& log, const SgdOptions& options) {
    return bpr_batches(log.view(), view(), moment(0), moment(1), options, nullptr);
  }
  std::vector<double> all() const {
    std::vector<double> out = doubles(X);
    for (const auto* part : {&Y, &item_bias}) out.insert(out.end(), part->begin(), part->end());
    for (const auto& part : moments) out.insert(out.end(), part.begin(), part.end());
    return out;
  }
};

reference::Moments zeros(const Model& model) {
  return {std::vector<double>(model.X.size()), std::vector<double>(model.Y.size()),
          std::vector<double>(model.item_bias.size())};
}

}  // namespace

TEST(epochs_equal_the_reference_that_moves_every_number_in_every_step) {
  Random random(1);
  for (const Optimizer optimizer : kOptimizers)
    for (const auto& [users, items, factors, batch] : {std::tuple<int64_t, int64_t, int64_t, int64_t>{1, 3, 1, 1},
                                                       {7, 31, 16, 5},
                                                       {33, 65, 20, 1},
                                                       {33, 65, 31, 64},
                                                       {64, 129, 33, 1000}})
      for (const bool popular : {false, true}) {
        const Csr log = signed_csr(random, users, items, 0.2);
        Model model(random, users, items, factors);
        SgdOptions options;
        options.learning_rate = optimizer == Optimizer::adam ? 0.01f : 0.1f;
        options.regularization = 0.02f;
        options.optimizer = optimizer;
        options.batch_size = batch;
        options.popular_negatives = popular;
        reference::Sgd expected{doubles(model.X),      doubles(model.Y),      {}, doubles(model.item_bias), model.width,
                                options.learning_rate, options.regularization};
        reference::Moments mean = zeros(model), square = zeros(model);
        int64_t step = 0;
        for (options.epoch = 1; options.epoch <= 4; ++options.epoch) {
          const BprBatchDraws draws(log.view(), options, nullptr);
          double loss = 0;
          for (int64_t b = 0; b < draws.count(); ++b)
            loss += reference::bpr_batch_step(expected, mean, square, draws.batch(b, nullptr), optimizer, ++step);
          const SgdLoss received = model.epoch(log, options);
          CHECK_CLOSE((std::vector<double>{received.total}), (std::vector<double>{loss}), 1e-4, 1e-4);
        }
        CHECK_CLOSE(model.X, expected.X, 2e-4, 1e-3);
        CHECK_CLOSE(model.Y, expected.Y, 2e-4, 1e-3);
        CHECK_CLOSE(model.item_bias, expected.item_bias, 2e-4, 1e-3);
        // ours is the mean of ascents
        for (double& value : mean.Y) value = -value;
        if (optimizer == Optimizer::adam) CHECK_CLOSE(model.moments[1], mean.Y, 1e-5, 1e-3);
        if (optimizer != Optimizer::sgd) CHECK_CLOSE(model.moments[4], square.Y, 1e-5, 1e-3);
      }
}

TEST(what_adam_does_to_a_row_in_many_steps_at_once_is_what_it_does_in_each) {
  for (const int64_t from : {1, 2, 10, 5000})
    for (const int64_t span : {1, 2, 33, 1025, 20000}) {
      const AdamClock clock(0.01, from, span, nullptr);
      double mean = 3e-4, square = 2e-7, value = 0;
      const SgdDrift drift = clock.drift(from, from + span);
      const double moved = drift.rate * mean / (drift.square_scale * std::sqrt(square) + kAdamEpsilon);
      const double mean_after = mean * drift.mean_decay, square_after = square * drift.square_decay;
      for (int64_t s = from + 1; s <= from + span; ++s) {
        mean *= kAdamMeanDecay;
        square *= kAdamSquareDecay;
        value += 0.01 * adam_mean_scale(s) * mean / (adam_square_scale(s) * std::sqrt(square) + kAdamEpsilon);
      }
      CHECK_CLOSE((std::vector<double>{moved, mean_after, square_after}), (std::vector<double>{value, mean, square}),
                  1e-30, 1e-4);
    }
}

TEST(batches_hold_each_positive_once_and_negatives_that_the_user_does_not_have) {
  Random random(2);
  const Csr log = signed_csr(random, 50, 40, 0.3);
  std::set<std::pair<int32_t, int32_t>> positives;
  for (int32_t u = 0; u < 50; ++u)
    for (int32_t n = log.view().indptr[u]; n < log.view().indptr[u + 1]; ++n)
      if (log.view().values[n] > 0) positives.emplace(u, log.view().indices[n]);
  SgdOptions options;
  options.batch_size = 37;
  std::vector<std::vector<BprSample>> orders;
  for (options.epoch = 1; options.epoch <= 2; ++options.epoch) {
    const BprBatchDraws draws(log.view(), options, nullptr);
    CHECK_EQUAL(draws.count(), static_cast<int64_t>((positives.size() + 36) / 37));
    auto left = positives;
    std::set<int32_t> others;
    for (int64_t b = 0; b < draws.count(); ++b) {
      const std::vector<BprSample> samples = draws.batch(b, nullptr);
      CHECK(b + 1 == draws.count() || samples.size() == 37);
      for (const BprSample& s : samples) {
        CHECK_EQUAL(left.erase({s.user, s.item}), 1u);
        CHECK(!positives.contains({s.user, s.other}));
        others.insert(s.other);
      }
      if (b == 0) orders.push_back(samples);
    }
    CHECK(left.empty());
    CHECK_EQUAL(others.size(), 40u);
  }
  const auto item_of = [](const BprSample& s) { return s.item; };
  CHECK(!std::ranges::equal(orders[0], orders[1], {}, item_of, item_of));
}

TEST(a_user_who_has_everything_takes_no_step) {
  Random random(3);
  const Csr log = random_csr(random, 1, 5, 1.1);
  Model model(random, 1, 5, 4);
  const std::vector<double> before = model.all();
  SgdOptions options;
  options.optimizer = Optimizer::adam;
  options.epoch = 1;
  CHECK_EQUAL(model.epoch(log, options).samples, 0);
  CHECK(model.all() == before);
}

TEST(touched_rows_are_grouped_in_order_batch_after_batch) {
  TouchedRows touched(9);
  for (const std::vector<int32_t>& batch : {std::vector<int32_t>{4, 8, 4, 0, 8, 4}, {}, {8, 3}}) {
    touched.group(static_cast<int64_t>(batch.size()), nullptr, [&](int64_t place) { return batch[place]; });
    std::map<int32_t, std::vector<int32_t>> expected;
    for (size_t place = 0; place < batch.size(); ++place) expected[batch[place]].push_back(static_cast<int32_t>(place));
    CHECK_EQUAL(touched.count(), static_cast<int64_t>(expected.size()));
    for (int64_t slot = 0; slot < touched.count(); ++slot)
      CHECK(std::ranges::equal(touched.places(slot), expected[touched.row(slot)]));
  }
  CHECK_EQUAL(touched.rows(), 9);
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(4);
  const Csr log = random_csr(random, 200, 900, 0.05);
  const Model start(random, 200, 900, 20);
  for (const Optimizer optimizer : kOptimizers) {
    SgdOptions options;
    options.optimizer = optimizer;
    options.batch_size = 700;
    CHECK_SAME_BITS(Model model = start;
                    for (options.epoch = 1; options.epoch <= 2; ++options.epoch) model.epoch(log, options);
                    return model.all());
  }
}

TEST(a_fold_in_moves_a_row_as_the_optimizer_would_and_nothing_else) {
  Random random(5);
  const Csr log = random_csr(random, 1, 50, 0.3);
  const Csr columns = random_csr(random, 1, 1, 1.1);
  for (const Optimizer optimizer : kOptimizers) {
    SgdOptions options;
    options.optimizer = optimizer;
    options.learning_rate = optimizer == Optimizer::sgd ? 1.0f : 0.05f;
    options.batch_size = 8;
    options.batches = 3;
    options.epochs = 40;
    const Model start(random, 1, 50, 16);
    Model model = start;
    const double first = [&] {
      SgdOptions once = options;
      once.epochs = 1;
      Model other = start;
      return bpr_fold_in_users(log.view(), other.view(), once, nullptr).total;
    }();
    const SgdLoss loss = bpr_fold_in_users(log.view(), model.view(), options, nullptr);
    CHECK_EQUAL(loss.samples, 40 * log.view().nonzeros());
    CHECK(loss.total < 40 * 0.9 * first);
    CHECK(model.Y == start.Y && model.item_bias == start.item_bias && model.X != start.X);
    model = start;
    const int32_t item = 7;
    bpr_fold_in_items(log.view(), columns.view(), &item, model.view(), options, nullptr);
    CHECK(model.X == start.X && model.item_bias[7] != start.item_bias[7]);
    for (int64_t i = 0; i < 50; ++i)
      CHECK((i == 7) != std::equal(model.Y.begin() + i * 16, model.Y.begin() + (i + 1) * 16, start.Y.begin() + i * 16));
  }
}

TEST(what_does_not_fit_is_refused_and_aborts_heard) {
  Random random(6);
  const Csr log = random_csr(random, 5, 7, 0.5);
  Model model(random, 5, 7, 16);
  SgdOptions options;
  options.optimizer = Optimizer::adam;
  CHECK_THROWS("ERR_VALUE", "epoch", model.epoch(log, options));
  options.epoch = 1;
  options.batch_size = 0;
  CHECK_THROWS("ERR_VALUE", "batchSize", model.epoch(log, options));
  options.batch_size = 4;
  SgdMoments narrow = model.moment(0);
  narrow.Y.rows = 6;
  CHECK_THROWS("ERR_SHAPE", "moments",
               bpr_batches(log.view(), model.view(), narrow, model.moment(1), options, nullptr));
  CHECK_THROWS("ERR_SHAPE", "moments",
               bpr_batches(log.view(), model.view(), model.moment(0), narrow, options, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted",
               bpr_batches(log.view(), model.view(), model.moment(0), model.moment(1), options, &abort));
}

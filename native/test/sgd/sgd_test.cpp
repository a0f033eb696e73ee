#include "kindred/sgd/sgd.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/bpr_draws.h"
#include "cpu/sgd/negatives.h"
#include "cpu/sgd/sgd_blocks.h"
#include "reference/sgd/sgd.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr SgdChange kChanges[] = {SgdChange::all, SgdChange::user, SgdChange::item, SgdChange::other};

struct Model {
  int64_t users, items, width;
  std::vector<float> X, Y, user_bias, item_bias;

  Model(Random& random, int64_t users, int64_t items, int64_t width)
      : users(users),
        items(items),
        width(width),
        X(random.floats(users * width, -0.5, 0.5)),
        Y(random.floats(items * width, -0.5, 0.5)),
        user_bias(random.floats(users)),
        item_bias(random.floats(items)) {}

  SgdModel view() { return {{X.data(), users, width}, {Y.data(), items, width}, user_bias.data(), item_bias.data()}; }
  SgdTarget target() { return {X.data(), Y.data(), user_bias.data(), item_bias.data(), width, 0.1f, 0.03f}; }
  reference::Sgd reference() const {
    return {doubles(X), doubles(Y), doubles(user_bias), doubles(item_bias), width, 0.1, 0.03};
  }
  void check(const reference::Sgd& expected) const {
    CHECK_CLOSE(X, expected.X, 1e-5, 1e-4);
    CHECK_CLOSE(Y, expected.Y, 1e-5, 1e-4);
    CHECK_CLOSE(user_bias, expected.user_bias, 1e-5, 1e-4);
    CHECK_CLOSE(item_bias, expected.item_bias, 1e-5, 1e-4);
  }
  std::vector<double> all() const {
    std::vector<double> out = doubles(X);
    for (const auto* part : {&Y, &user_bias, &item_bias}) out.insert(out.end(), part->begin(), part->end());
    return out;
  }
};

}  // namespace

TEST(bpr_steps_equal_the_reference) {
  Random random(1);
  for (const int64_t width : {16, 48, 128})
    for (const SgdChange change : kChanges)
      for (const int64_t count : {0, 1, 7, 8, 9, 100}) {
        Model model(random, 9, 11, width);
        reference::Sgd expected = model.reference();
        std::vector<BprSample> samples;
        double loss = 0;
        for (int64_t n = 0; n < count; ++n) {
          const auto item = static_cast<int32_t>(random.integer(0, 10));
          const auto other = static_cast<int32_t>((item + random.integer(1, 10)) % 11);
          samples.push_back({static_cast<int32_t>(random.integer(0, 8)), item, other});
          loss += reference::bpr_step(expected, samples.back(), change);
        }
        const double received = kernels().sgd.bpr(model.target(), samples.data(), count, change);
        CHECK_CLOSE((std::vector<double>{received}), (std::vector<double>{loss}), 1e-5, 1e-4);
        model.check(expected);
      }
}

TEST(rating_steps_equal_the_reference) {
  Random random(2);
  for (const int64_t width : {16, 48, 128})
    for (const SgdChange change : {SgdChange::all, SgdChange::user, SgdChange::item})
      for (const int64_t count : {0, 1, 7, 100}) {
        Model model(random, 9, 11, width);
        reference::Sgd expected = model.reference();
        std::vector<RatingSample> samples;
        double loss = 0;
        for (int64_t n = 0; n < count; ++n) {
          samples.push_back({static_cast<int32_t>(random.integer(0, 8)), static_cast<int32_t>(random.integer(0, 10)),
                             static_cast<float>(random.uniform(1, 5))});
          loss += reference::rating_step(expected, 2.5, samples.back(), change);
        }
        const double received = kernels().sgd.rating(model.target(), 2.5f, samples.data(), count, change, 0);
        CHECK_CLOSE((std::vector<double>{received}), (std::vector<double>{loss}), 1e-5, 1e-4);
        model.check(expected);
      }
}

TEST(a_hopeless_difference_has_a_finite_loss) {
  Random random(3);
  Model model(random, 1, 2, 16);
  model.item_bias = {-200, 200};
  const BprSample sample{0, 0, 1};
  const double loss = kernels().sgd.bpr(model.target(), &sample, 1, SgdChange::all);
  CHECK(std::isfinite(loss) && loss > 60);
  for (const float value : model.item_bias) CHECK(std::isfinite(value));
}

TEST(blocks_hold_each_stored_weight_once_and_cells_at_work_share_nothing) {
  Random random(4);
  for (const auto& [users, items, most] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 16},
                                           {1, 100, 16},
                                           {7, 700, 16},
                                           {7, 700, 3},
                                           {300, 1, 16},
                                           {300, 3000, 16},
                                           {300, 33000, 256}}) {
    const Csr log = random_csr(random, users, items, items > 3000 ? 0.005 : 0.05);
    const SgdBlocks<RatingSample> blocks(
        log.view(), {}, most, nullptr, [](float) { return true; },
        [](int32_t user, int32_t item, float weight) {
          return RatingSample{user, item, weight};
        });
    std::map<std::pair<int32_t, int32_t>, float> seen;
    std::map<int32_t, int64_t> block_of_user, block_of_item;
    for (int64_t b = 0; b < blocks.count(); ++b)
      for (const int32_t item : blocks.items(b)) CHECK(block_of_item.emplace(item, b).second);
    std::mutex mutex;
    blocks.for_cells(false, nullptr, [&](const auto& cell) {
      std::lock_guard lock(mutex);
      // In the order of turns, count at a time: other users, and other items.
      const int64_t turn = blocks.turn_of(cell.index), user_block = cell.index / blocks.count();
      CHECK_EQUAL(turn % blocks.count(), user_block);
      CHECK_EQUAL((user_block + turn / blocks.count()) % blocks.count(), cell.item_block);
      CHECK_EQUAL(blocks.size(cell.index), static_cast<int64_t>(cell.entries.size()));
      for (const RatingSample& entry : cell.entries) {
        CHECK(seen.emplace(std::pair(entry.user, entry.item), entry.rating).second);
        CHECK_EQUAL(block_of_item[entry.item], cell.item_block);
        CHECK_EQUAL(block_of_user.emplace(entry.user, cell.index / blocks.count()).first->second,
                    cell.index / blocks.count());
      }
    });
    CHECK_EQUAL(static_cast<int64_t>(seen.size()), log.view().nonzeros());
    CHECK_EQUAL(static_cast<int64_t>(block_of_item.size()), items);
    CHECK(blocks.count() <= most);
  }
}

TEST(negatives_are_drawn_by_popularity) {
  const std::vector<int32_t> items{4, 0, 2}, popularity{10, 99, 30, 99, 60};
  const NegativeItems popular(items.data(), 3, popularity.data(), nullptr), uniform(items.data(), 3, nullptr, nullptr);
  RandomStream random(5);
  std::map<int32_t, int> drawn, evenly;
  for (int n = 0; n < 100000; ++n) {
    ++drawn[popular.draw(random)];
    ++evenly[uniform.draw(random)];
  }
  CHECK_EQUAL(drawn.size(), 3u);
  for (const int32_t item : items) {
    CHECK(std::abs(drawn[item] - 1000 * popularity[item]) < 1000);
    CHECK(std::abs(evenly[item] - 33333) < 1000);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  Random random(6);
  const Csr log = random_csr(random, 200, 900, 0.05);
  const Model start(random, 200, 900, 32);
  for (const bool popular : {false, true}) {
    SgdOptions options;
    options.popular_negatives = popular;
    CHECK_SAME_BITS(Model model = start; bpr_epoch(log.view(), model.view(), options, nullptr); return model.all());
  }
  CHECK_SAME_BITS(Model model = start; rating_epoch(log.view(), 3, model.view(), {}, nullptr); return model.all());
}

TEST(epochs_differ_and_lower_the_loss) {
  Random random(7);
  const Csr log = random_csr(random, 60, 300, 0.1);
  Model model(random, 60, 300, 16);
  SgdOptions options;
  double first = 0, last = 0;
  for (options.epoch = 0; options.epoch < 30; ++options.epoch) {
    const SgdLoss loss = bpr_epoch(log.view(), model.view(), options, nullptr);
    CHECK_EQUAL(loss.samples, log.view().nonzeros());
    (options.epoch == 0 ? first : last) = loss.total;
  }
  CHECK(last < 0.5 * first);
  first = last = 0;
  for (options.epoch = 0; options.epoch < 30; ++options.epoch)
    (options.epoch == 0 ? first : last) = rating_epoch(log.view(), 3, model.view(), options, nullptr).total;
  CHECK(last < 0.5 * first);
}

TEST(fold_ins_leave_the_rest_alone) {
  Random random(8);
  const Csr log = random_csr(random, 40, 90, 0.2), columns = random_csr(random, 2, 40, 0.4);
  const std::vector<int32_t> items{3, 89};
  const Model start(random, 40, 90, 16);
  SgdOptions options;
  options.epochs = 5;
  const auto changed_items = [&](const Model& model) {
    std::vector<int32_t> out;
    for (int32_t i = 0; i < 90; ++i)
      if (!std::equal(model.Y.begin() + i * 16, model.Y.begin() + (i + 1) * 16, start.Y.begin() + i * 16))
        out.push_back(i);
    return out;
  };
  for (const bool ratings : {false, true}) {
    Model model = start;
    if (ratings)
      rating_fold_in_users(log.view(), 3, model.view(), options, nullptr);
    else
      bpr_fold_in_users(log.view(), model.view(), options, nullptr);
    CHECK(model.Y == start.Y && model.item_bias == start.item_bias && model.X != start.X);
    model = start;
    if (ratings)
      rating_fold_in_items(columns.view(), items.data(), 3, model.view(), options, nullptr);
    else
      bpr_fold_in_items(log.view(), columns.view(), items.data(), model.view(), options, nullptr);
    CHECK(model.X == start.X && model.user_bias == start.user_bias);
    CHECK(changed_items(model) == items);
  }
}

TEST(shapes_that_do_not_fit_are_refused_and_aborts_heard) {
  Random random(9);
  const Csr log = random_csr(random, 5, 7, 0.5), columns = random_csr(random, 1, 5, 0.5);
  const auto epoch = [&](Model model) { bpr_epoch(log.view(), model.view(), {}, nullptr); };
  CHECK_THROWS("ERR_SHAPE", "multiple of 16", epoch(Model(random, 5, 7, 8)));
  CHECK_THROWS("ERR_SHAPE", "expected", epoch(Model(random, 4, 7, 16)));
  CHECK_THROWS("ERR_SHAPE", "expected", epoch(Model(random, 5, 8, 16)));
  Model model(random, 5, 7, 16);
  for (const int32_t item : {-1, 7}) {
    CHECK_THROWS("ERR_SHAPE", "items", rating_fold_in_items(columns.view(), &item, 3, model.view(), {}, nullptr));
    CHECK_THROWS("ERR_SHAPE", "items", bpr_fold_in_items(log.view(), columns.view(), &item, model.view(), {}, nullptr));
  }
  const int32_t item = 0;
  Model uneven(random, 5, 7, 16);
  SgdModel wider = uneven.view();
  wider.X = Matrix(wider.X.data, 1, 80);
  const Csr one = random_csr(random, 1, 1, 1.1);
  CHECK_THROWS("ERR_SHAPE", "contiguous", rating_fold_in_items(one.view(), &item, 3, wider, {}, nullptr));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "aborted", bpr_epoch(log.view(), model.view(), {}, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", rating_epoch(log.view(), 3, model.view(), {}, &abort));
  const Csr nothing = random_csr(random, 0, 0, 0.5);
  Model none(random, 0, 0, 16);
  CHECK_EQUAL(bpr_epoch(nothing.view(), none.view(), {}, nullptr).samples, 0);
}

// Of a log of few items, which is one block of users and items.
TEST(drawing_the_samples_of_one_block_hears_the_flag) {
  Random random(20);
  const Csr log = random_csr(random, 3000, 100, 0.3);
  AbortFlag abort{false};
  const BprDraws draws(log.view(), {}, kSgdBlocks, &abort);
  CHECK_EQUAL(draws.blocks().cells(), int64_t{1});
  int64_t samples = 0;
  CHECK_THROWS("ERR_ABORTED", "aborted", draws.blocks().for_cells(false, nullptr, [&](const BprDraws::Cell& cell) {
    draws.for_samples(cell, [&](int32_t, int32_t, int32_t) {
      if (++samples == 10) abort = true;
    });
  }));
  CHECK(samples >= 10 && samples <= 10 + kPollWork / 32);
}

TEST(cutting_one_block_hears_the_flag) {
  Random random(21);
  const Csr log = random_csr(random, 3000, 100, 0.9);
  AbortFlag abort{false};
  int64_t kept = 0;
  const auto keep = [&](float) {
    if (++kept == 10) abort = true;
    return true;
  };
  const auto make = [](int32_t user, int32_t item, float) { return Liked{user, item}; };
  CHECK_THROWS("ERR_ABORTED", "aborted", SgdBlocks<Liked>(log.view(), {}, kSgdBlocks, &abort, keep, make));
  CHECK(kept >= 10 && kept <= 10 + kPollWork + 100);
}

// An epoch is stopped between its steps: some users have moved, others have not. Which attempt meets an epoch in its
// midst is up to the system; one that cannot be stopped there never does.
template <class Epoch>
static bool stops_in_its_midst(Epoch epoch) {
  Random random(22);
  const Csr log = random_csr(random, 3000, 100, 0.3);
  const Model before(random, 3000, 100, 64);
  for (int attempt = 0; attempt < 3000; ++attempt) {
    Model model = before;
    AbortFlag abort{false};
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(10 * attempt));
      abort = true;
    });
    bool stopped = false;
    try {
      epoch(log.view(), model.view(), &abort);
    } catch (const Error&) {
      stopped = true;
    }
    later.join();
    int64_t moved = 0;
    for (int64_t u = 0; u < model.users; ++u) moved += model.X[u * model.width] != before.X[u * model.width];
    if (stopped && moved > 0 && moved < model.users / 2) return true;
  }
  return false;
}

TEST(an_epoch_of_few_items_stops_in_its_midst) {
  CHECK(stops_in_its_midst([](const CsrView& log, const SgdModel& model, const AbortFlag* abort) {
    rating_epoch(log, 3, model, {}, abort);
  }));
  CHECK(stops_in_its_midst(
      [](const CsrView& log, const SgdModel& model, const AbortFlag* abort) { bpr_epoch(log, model, {}, abort); }));
}

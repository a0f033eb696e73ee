#include "kindred/trees/booster.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "napi/handle.h"
#include "napi/promise.h"
#include "trees/arguments.h"

namespace kindred::bindings {
namespace {

using trees::Booster;
using trees::BoosterOptions;

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x747265656273746f};

// Calls change what the handle owns, one after another.
struct Owned {
  std::unique_ptr<Booster> booster;
  std::unique_ptr<std::atomic_flag> busy = std::make_unique<std::atomic_flag>();
  int64_t bytes() const { return 0; }  // it lives as long as a fit
};

using Shared = std::shared_ptr<const Owned>;

Shared BoosterOf(const Napi::Value& value) { return SharedOf<Owned>(value, kTag, "booster"); }

// Only one call has the booster, which waits for none: no thread is held up.
class Hold {
 public:
  explicit Hold(const Owned& owned) : busy_(*owned.busy) {
    if (busy_.test_and_set(std::memory_order_acquire)) fail_value("booster: another call is under way.");
  }
  ~Hold() { busy_.clear(std::memory_order_release); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  std::atomic_flag& busy_;
};

BoosterOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  const auto number = [&](const char* name) { return Number(object.Get(name), name); };
  const auto count = [&](const char* name) { return Count(object.Get(name), name); };
  BoosterOptions options;
  options.objective =
      Flag(object.Get("logistic"), "logistic") ? trees::Objective::log_loss : trees::Objective::squared_error;
  options.learning_rate = number("learningRate");
  options.leaves = count("leaves");
  options.depth = count("depth");
  options.leaf_rows = count("leafRows");
  options.leaf_weight = number("leafWeight");
  options.l2 = number("l2");
  options.gain = number("gain");
  options.row_share = number("rowShare");
  options.column_share = number("columnShare");
  options.seed = Whole(object.Get("seed"), "seed");
  return options;
}

// { blocks: NumberBlock[], labels: Float32Array [rows] }
trees::LabelledTable LabelledOf(const Napi::Value& value, const char* name) {
  const Napi::Object object = ObjectIn(value, name);
  const auto labels = Floats(object.Get("labels"), "labels");
  return {NumberSourcesOf(object.Get("blocks"), labels.size), labels.data, labels.size};
}

// treeBooster(train: TreeRows, validation: TreeRows | null, edges: TreeEdges, options: TreeSettings, abort?):
//   Promise<TreeBooster>
KINDRED_EXPORT(treeBooster) {
  const auto train = LabelledOf(info[0], "train");
  const auto validation = info[1].IsNull() ? trees::LabelledTable{} : LabelledOf(info[1], "validation");
  const auto edges = EdgesOf(info[2]);
  const auto options = OptionsOf(info[3]);
  return Async(
      info, 4,
      [=](const AbortFlag* abort) {
        return std::make_shared<const Owned>(
            Owned{std::make_unique<Booster>(train, validation, edges, options, abort)});
      },
      [](Napi::Env env, Shared& owned) { return WrapShared(env, std::move(owned), kTag); });
}

// treeBoost(booster: TreeBooster, abort?): Promise<number>; one tree more, the loss on the validation, NaN without one
KINDRED_EXPORT(treeBoost) {
  return Async(info, 1, [owned = BoosterOf(info[0])](const AbortFlag* abort) {
    const Hold lock(*owned);
    return owned->booster->step(abort);
  });
}

// treeLoss(booster: TreeBooster, abort?): Promise<number>; the loss on the rows that it is fitted to
KINDRED_EXPORT(treeLoss) {
  return Async(info, 1, [owned = BoosterOf(info[0])](const AbortFlag* abort) {
    const Hold lock(*owned);
    return owned->booster->loss(abort);
  });
}

// treeSizes(booster: TreeBooster): { trees: number, nodes: number, base: number }
KINDRED_EXPORT(treeSizes) {
  const Shared owned = BoosterOf(info[0]);
  const Hold lock(*owned);
  const trees::Ensemble& ensemble = owned->booster->ensemble();
  const Napi::Env env = info.Env();
  return ObjectOf(env, {{"trees", ToJs(env, ensemble.trees())},
                        {"nodes", ToJs(env, static_cast<int64_t>(ensemble.columns.size()))},
                        {"base", ToJs(env, owned->booster->base())}});
}

// treeArrays(booster: TreeBooster, out: TreeArrays, abort?): Promise<void>; arrays of the sizes that treeSizes gives
// are
//   filled
KINDRED_EXPORT(treeArrays) {
  const EnsembleArrays out = EnsembleArraysOf(info[1]);
  return Async(info, 2, [=, owned = BoosterOf(info[0])](const AbortFlag*) {
    const Hold lock(*owned);
    const trees::Ensemble& e = owned->booster->ensemble();
    if (out.offsets.size != e.trees() + 1 || out.columns.size != static_cast<int64_t>(e.columns.size()))
      fail_shape("trees: expected arrays of the sizes that treeSizes gave.");
    std::copy(e.offsets.begin(), e.offsets.end(), out.offsets.data);
    std::copy(e.columns.begin(), e.columns.end(), out.columns.data);
    std::copy(e.lefts.begin(), e.lefts.end(), out.lefts.data);
    std::copy(e.rows.begin(), e.rows.end(), out.rows.data);
    std::copy(e.bins.begin(), e.bins.end(), out.bins.data);
    std::copy(e.missing_left.begin(), e.missing_left.end(), out.missing_left.data);
    std::copy(e.values.begin(), e.values.end(), out.values.data);
    std::copy(e.gains.begin(), e.gains.end(), out.gains.data);
  });
}

}  // namespace

}  // namespace kindred::bindings

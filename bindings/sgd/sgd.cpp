#include "kindred/sgd/sgd.h"

#include "kindred/sgd/bpr_batches.h"
#include "kindred/sparse/csr.h"
#include "napi/arguments.h"
#include "napi/promise.h"
#include "sgd/sgd_arguments.h"

namespace kindred::bindings {

SgdOptions SgdOptionsOf(const Napi::Value& value, int64_t items) {
  const Napi::Object object = ObjectIn(value, "options");
  SgdOptions options;
  options.learning_rate = static_cast<float>(Number(object.Get("learningRate"), "learningRate"));
  options.regularization = static_cast<float>(Number(object.Get("regularization"), "regularization"));
  options.seed = Whole(object.Get("seed"), "seed");
  options.epoch = Whole(object.Get("epoch"), "epoch");
  options.popular_negatives = object.Get("popularNegatives").ToBoolean().Value();
  options.lock_free = object.Get("lockFree").ToBoolean().Value();
  options.epochs = static_cast<int>(Count(object.Get("epochs"), "epochs"));
  options.optimizer =
      OneOf<Optimizer>(object.Get("optimizer"), "optimizer",
                       {{"sgd", Optimizer::sgd}, {"adagrad", Optimizer::adagrad}, {"adam", Optimizer::adam}});
  options.batch_size = Count(object.Get("batchSize"), "batchSize");
  options.batches = Count(object.Get("batches"), "batches");
  if (const auto popularity = object.Get("popularity"); !popularity.IsNull()) {
    const auto counts = Ints(popularity, "popularity");
    if (counts.size != items) fail_shape("popularity: expected one count per item.");
    options.popularity = counts.data;
  }
  return options;
}

Napi::Value SgdLossToJs(Napi::Env env, SgdLoss& loss) {
  return ObjectOf(env, {{"total", ToJs(env, loss.total)}, {"samples", ToJs(env, loss.samples)}});
}

namespace {

float MeanOf(const Napi::Value& options) {
  return static_cast<float>(Number(options.As<Napi::Object>().Get("mean"), "mean"));
}

// { X: Matrix, Y: Matrix, userBias: Float32Array, itemBias: Float32Array }
SgdModel ModelOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "model");
  SgdModel model;
  model.X = MatrixOf(object.Get("X"), "X");
  model.Y = MatrixOf(object.Get("Y"), "Y");
  const auto users = Floats(object.Get("userBias"), "userBias"), items = Floats(object.Get("itemBias"), "itemBias");
  if (users.size != model.X.rows || items.size != model.Y.rows) fail_shape("expected one bias per row of factors.");
  model.user_bias = users.data;
  model.item_bias = items.data;
  return model;
}

Span<int32_t> ItemsOf(const Napi::Value& value, const CsrView& columns) {
  const auto items = Ints(value, "items");
  if (items.size != columns.rows) fail_shape("expected one item per row of columns.");
  return items;
}

using Epoch = SgdLoss (*)(const CsrView&, float mean, const SgdModel&, const SgdOptions&, const AbortFlag*);

Napi::Value Run(const Napi::CallbackInfo& info, Epoch epoch) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const SgdModel model = ModelOf(info[1]);
  const SgdOptions options = SgdOptionsOf(info[2], model.Y.rows);
  const float mean = MeanOf(info[2]);
  return Async(
      info, 3,
      [=](const AbortFlag* abort) {
        check_csr(log, "log", abort);
        return epoch(log, mean, model, options, abort);
      },
      SgdLossToJs);
}

// bprEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?): Promise<SgdLoss>; the model's arrays are
// written in place, here and below
KINDRED_EXPORT(bprEpoch) {
  return Run(info, [](const CsrView& log, float, const SgdModel& model, const SgdOptions& options,
                      const AbortFlag* abort) { return bpr_epoch(log, model, options, abort); });
}

// { X: Matrix, Y: Matrix, itemBias: Float32Array }, or null
SgdMoments MomentsOf(const Napi::Value& value) {
  if (value.IsNull()) return {};
  const Napi::Object object = ObjectIn(value, "moments");
  SgdMoments moments{MatrixOf(object.Get("X"), "X"), MatrixOf(object.Get("Y"), "Y"), nullptr};
  const auto items = Floats(object.Get("itemBias"), "itemBias");
  if (items.size != moments.Y.rows) fail_shape("expected one bias per row of factors.");
  moments.item_bias = items.data;
  return moments;
}

// bprBatches(log: Csr, model: SgdModel, mean: SgdMoments | null, square: SgdMoments | null, options: SgdKernelOptions,
//   abort?): Promise<SgdLoss>; the moments' arrays are written in place too
KINDRED_EXPORT(bprBatches) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const SgdModel model = ModelOf(info[1]);
  const SgdMoments mean = MomentsOf(info[2]), square = MomentsOf(info[3]);
  const SgdOptions options = SgdOptionsOf(info[4], model.Y.rows);
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        check_csr(log, "log", abort);
        return bpr_batches(log, model, mean, square, options, abort);
      },
      SgdLossToJs);
}

// bprFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?): Promise<SgdLoss>
KINDRED_EXPORT(bprFoldInUsers) {
  return Run(info, [](const CsrView& log, float, const SgdModel& model, const SgdOptions& options,
                      const AbortFlag* abort) { return bpr_fold_in_users(log, model, options, abort); });
}

// ratingEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?): Promise<SgdLoss>
KINDRED_EXPORT(ratingEpoch) { return Run(info, rating_epoch); }

// ratingFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?): Promise<SgdLoss>
KINDRED_EXPORT(ratingFoldInUsers) { return Run(info, rating_fold_in_users); }

// bprFoldInItems(log: Csr, columns: Csr, items: Int32Array, model: SgdModel, options: SgdKernelOptions, abort?):
//   Promise<SgdLoss>
KINDRED_EXPORT(bprFoldInItems) {
  const CsrView log = WeightedCsrOf(info[0], "log"), columns = WeightedCsrOf(info[1], "columns");
  const auto items = ItemsOf(info[2], columns);
  const SgdModel model = ModelOf(info[3]);
  const SgdOptions options = SgdOptionsOf(info[4], model.Y.rows);
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        check_csr(log, "log", abort);
        check_csr(columns, "columns", abort);
        return bpr_fold_in_items(log, columns, items.data, model, options, abort);
      },
      SgdLossToJs);
}

// ratingFoldInItems(columns: Csr, items: Int32Array, model: SgdModel, options: SgdKernelOptions, abort?):
//   Promise<SgdLoss>
KINDRED_EXPORT(ratingFoldInItems) {
  const CsrView columns = WeightedCsrOf(info[0], "columns");
  const auto items = ItemsOf(info[1], columns);
  const SgdModel model = ModelOf(info[2]);
  const SgdOptions options = SgdOptionsOf(info[3], model.Y.rows);
  const float mean = MeanOf(info[3]);
  return Async(
      info, 4,
      [=](const AbortFlag* abort) {
        check_csr(columns, "columns", abort);
        return rating_fold_in_items(columns, items.data, mean, model, options, abort);
      },
      SgdLossToJs);
}

}  // namespace

}  // namespace kindred::bindings

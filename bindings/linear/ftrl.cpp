#include "kindred/linear/ftrl.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

FtrlRows RowsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "rows");
  const auto offsets = Ints(object.Get("offsets"), "rows.offsets");
  const auto cells = Ints(object.Get("cells"), "rows.cells");
  if (offsets.size == 0 || offsets.data[offsets.size - 1] != cells.size)
    fail_shape("rows.offsets: expected the last to be the number of cells.");
  FtrlRows rows{offsets.size - 1, offsets.data, cells.data, nullptr};
  if (!object.Get("salt").IsUndefined()) {
    rows.is_hashed = true;
    rows.salt = static_cast<uint32_t>(Whole(object.Get("salt"), "rows.salt"));
  }
  if (object.Get("values").IsNull()) return rows;
  const auto values = Floats(object.Get("values"), "rows.values");
  if (values.size != cells.size) fail_shape("rows.values: expected one for each cell.");
  // An empty list has no memory, and is then of no use.
  rows.values = values.data;
  return rows;
}

FtrlState StateOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "state");
  FtrlState state;
  state.dims = Count(object.Get("dims"), "state.dims");
  const auto weights = Floats(object.Get("weights"), "state.weights");
  const auto factors = Floats(object.Get("factors"), "state.factors");
  if (weights.size < 2 || weights.size % 2 != 0) fail_shape("state.weights: expected two numbers for each.");
  state.cells = weights.size / 2 - 1;
  if (factors.size != 2 * state.cells * state.dims) fail_shape("state.factors: expected [cells, 2, dims].");
  state.weights = weights.data;
  state.factors = factors.data;
  return state;
}

FtrlSettings SettingsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "settings");
  const auto number = [&](const char* name) { return static_cast<float>(Number(object.Get(name), name)); };
  return {number("alpha"), number("beta"), number("l1"), number("l2")};
}

// ftrlLearn(rows: FtrlRows, labels: Float32Array, state: FtrlState, settings: FtrlSettings, abort?): Promise<number>;
// the sum of the log losses before each step; the state is changed
KINDRED_EXPORT(ftrlLearn) {
  const FtrlRows rows = RowsOf(info[0]);
  const auto labels = Floats(info[1], "labels");
  const FtrlState state = StateOf(info[2]);
  const FtrlSettings settings = SettingsOf(info[3]);
  if (labels.size != rows.rows) fail_shape("labels: expected one for each row.");
  return Async(info, 4, [=](const AbortFlag* abort) {
    FtrlState own = state;
    return ftrl_learn(rows, labels.data, own, settings, abort);
  });
}

// ftrlPredict(rows: FtrlRows, state: FtrlState, settings: FtrlSettings, out: Float32Array, abort?): Promise<void>; out
// [rows] is filled
KINDRED_EXPORT(ftrlPredict) {
  const FtrlRows rows = RowsOf(info[0]);
  const FtrlState state = StateOf(info[1]);
  const FtrlSettings settings = SettingsOf(info[2]);
  const auto out = Floats(info[3], "out");
  if (out.size != rows.rows) fail_shape("out: expected room for each row.");
  return Async(info, 4, [=](const AbortFlag* abort) { ftrl_predict(rows, state, settings, out.data, abort); });
}

// ftrlFollow(from: FtrlState, cells: Int32Array | null, state: FtrlState, abort?): Promise<void>; what the cells have
// there, and the bias, or all of it, becomes that of `state`
KINDRED_EXPORT(ftrlFollow) {
  const FtrlState from = StateOf(info[0]);
  const auto cells = info[1].IsNull() ? Span<int32_t>{} : Ints(info[1], "cells");
  const FtrlState state = StateOf(info[2]);
  const bool is_whole = info[1].IsNull();
  if (from.cells != state.cells || from.dims != state.dims) fail_shape("state: expected as many cells and dims.");
  return Async(info, 3, [=](const AbortFlag* abort) {
    FtrlState own = state;
    // An empty list has no memory.
    const int32_t none = 0;
    ftrl_follow(from, is_whole ? nullptr : cells.size == 0 ? &none : cells.data, cells.size, own, abort);
  });
}

// ftrlHash(features: { offsets, indices, values, salt, missing, cells }, weights: Float32Array | null, next:
// Int32Array, cells: Int32Array, values: Float32Array | null, abort?): Promise<{ missing, unseen, wrong }>; next, cells
// and values are filled
KINDRED_EXPORT(ftrlHash) {
  const Napi::Object object = ObjectIn(info[0], "features");
  const auto offsets = Ints(object.Get("offsets"), "features.offsets");
  const auto indices = Ints(object.Get("indices"), "features.indices");
  const auto given = Floats(object.Get("values"), "features.values");
  if (offsets.size == 0 || offsets.data[offsets.size - 1] != indices.size || given.size != indices.size)
    fail_shape("features.offsets: expected the last to be the number of indices and of values.");
  FtrlFeatures features{offsets.size - 1, offsets.data, indices.data, given.data};
  features.salt = static_cast<uint32_t>(Whole(object.Get("salt"), "features.salt"));
  features.missing = static_cast<int32_t>(Count(object.Get("missing"), "features.missing"));
  features.cells = Count(object.Get("cells"), "features.cells");
  if (features.cells < 1 || (features.cells & (features.cells - 1)) != 0)
    fail_value("features.cells: expected a power of 2.");
  const auto weights = info[1].IsNull() ? Span<float>{} : Floats(info[1], "weights");
  if (!info[1].IsNull() && weights.size != 2 * (features.cells + 1)) fail_shape("weights: expected two for each cell.");
  const auto next = Ints(info[2], "next");
  if (next.size < features.rows) fail_shape("next: expected one for each row.");
  const auto cells = Ints(info[3], "cells");
  const auto values = info[4].IsNull() ? Span<float>{} : Floats(info[4], "values");
  if (!info[4].IsNull() && values.size != cells.size) fail_shape("values: expected one for each cell.");
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        return ftrl_hash(features, weights.data, next.data, cells.size, cells.data, values.data, abort);
      },
      [](Napi::Env env, const FtrlMet& met) {
        return ObjectOf(
            env,
            {{"missing", ToJs(env, met.missing)}, {"unseen", ToJs(env, met.unseen)}, {"wrong", ToJs(env, met.wrong)}});
      });
}

}  // namespace

}  // namespace kindred::bindings

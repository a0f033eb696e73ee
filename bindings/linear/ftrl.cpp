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

}  // namespace

}  // namespace kindred::bindings

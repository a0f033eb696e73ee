#include <memory>

#include "kindred/linear/columns.h"
#include "linear/state_arguments.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// writeColumns(x: Matrix, rows: Int32Array | null, center: boolean, standardize: boolean, columns: Float32Array,
// abort?):
//   Promise<{ means: Float64Array, scales: Float64Array, squares: Float64Array }>; columns [x.cols, rows] is filled
KINDRED_EXPORT(writeColumns) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto rows = info[1].IsNull() ? Span<int32_t>{} : Ints(info[1], "rows");
  const int64_t count = info[1].IsNull() ? x.rows : rows.size;
  const bool center = Flag(info[2], "center"), standardize = Flag(info[3], "standardize");
  const auto columns = Floats(info[4], "columns");
  if (columns.size != x.cols * count) fail_shape("columns: expected a number for each row and column.");
  // An empty list has no memory, and is still no null.
  static const int32_t none = 0;
  const int32_t* const indices = info[1].IsNull() ? nullptr : rows.data ? rows.data : &none;
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        return write_columns(x, indices, count, center, standardize, columns.data, abort);
      },
      [](Napi::Env env, ColumnStatistics& out) {
        return ObjectOf(env, {{"means", ToJs(env, std::move(out.means))},
                              {"scales", ToJs(env, std::move(out.scales))},
                              {"squares", ToJs(env, std::move(out.squares))}});
      });
}

// elasticNetBegin(state: ElasticNetState, abort?): Promise<number>: targetSquare
KINDRED_EXPORT(elasticNetBegin) {
  const ElasticNetState state = ElasticNetStateOf(info[0]);
  return Async(info, 1, [=](const AbortFlag* abort) {
    ElasticNetState own = state;
    elastic_net_begin(own, abort);
    return own.target_square;
  });
}

// elasticNet(state: ElasticNetState, settings: ElasticNetSettings, abort?):
//   Promise<{ gap: number, sweeps: number, known: number, converged: boolean }>
KINDRED_EXPORT(elasticNet) {
  const ElasticNetState state = ElasticNetStateOf(info[0]);
  const Napi::Object object = ObjectIn(info[1], "settings");
  const ElasticNetSettings settings{Number(object.Get("l1"), "l1"),
                                    Number(object.Get("l2"), "l2"),
                                    Number(object.Get("previousL1"), "previousL1"),
                                    Flag(object.Get("positive"), "positive"),
                                    Number(object.Get("tolerance"), "tolerance"),
                                    Count(object.Get("iterations"), "iterations"),
                                    Flag(object.Get("refine"), "refine")};
  return Async(
      info, 2,
      [=](const AbortFlag* abort) {
        ElasticNetState own = state;
        return elastic_net(own, settings, abort);
      },
      [](Napi::Env env, ElasticNetResult& out) {
        return ObjectOf(env, {{"gap", ToJs(env, out.gap)},
                              {"sweeps", ToJs(env, out.sweeps)},
                              {"known", ToJs(env, out.known)},
                              {"converged", Napi::Boolean::New(env, out.converged)}});
      });
}

// logisticBegin(state: LogisticState, abort?): Promise<void>
KINDRED_EXPORT(logisticBegin) {
  const LogisticState state = LogisticStateOf(info[0]);
  return Async(info, 1, [=](const AbortFlag* abort) {
    LogisticState own = state;
    logistic_begin(own, abort);
  });
}

// logisticL1(state: LogisticState, settings: LogisticSettings, abort?):
//   Promise<{ violation: number, loss: number, intercept: number, iterations: number, known: number,
//   converged: boolean }>
KINDRED_EXPORT(logisticL1) {
  const LogisticState state = LogisticStateOf(info[0]);
  const Napi::Object object = ObjectIn(info[1], "settings");
  const LogisticSettings settings{Number(object.Get("l1"), "l1"), Number(object.Get("previousL1"), "previousL1"),
                                  Flag(object.Get("intercept"), "intercept"),
                                  Number(object.Get("tolerance"), "tolerance"),
                                  Count(object.Get("iterations"), "iterations")};
  return Async(
      info, 2,
      [=](const AbortFlag* abort) {
        LogisticState own = state;
        return logistic_l1(own, settings, abort);
      },
      [](Napi::Env env, LogisticResult& out) {
        return ObjectOf(env, {{"violation", ToJs(env, out.violation)},
                              {"loss", ToJs(env, out.loss)},
                              {"intercept", ToJs(env, out.intercept)},
                              {"iterations", ToJs(env, out.iterations)},
                              {"known", ToJs(env, out.known)},
                              {"converged", Napi::Boolean::New(env, out.converged)}});
      });
}

// linearPredict(x: Matrix, weights: Float64Array, intercept: number, logistic: boolean, out: Float32Array, abort?):
//   Promise<void>; out [x.rows] is filled
KINDRED_EXPORT(linearPredict) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto weights = Doubles(info[1], "weights");
  const double intercept = Number(info[2], "intercept");
  const bool logistic = Flag(info[3], "logistic");
  const auto out = Floats(info[4], "out");
  if (weights.size != x.cols || out.size != x.rows) fail_shape("linearPredict: expected a weight per column.");
  return Async(info, 5, [=](const AbortFlag* abort) {
    linear_predict(x, weights.data, intercept, out.data, abort);
    if (logistic) probabilities(out.data, out.size, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

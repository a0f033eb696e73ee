#include "kindred/select/column_statistics.h"
#include "kindred/select/mutual_information.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// targetMoments(x: Matrix, target: Float64Array | null, abort?):
//   Promise<{ means: Float64Array, variances: Float64Array, covariances: Float64Array }>
KINDRED_EXPORT(targetMoments) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto target = info[1].IsNull() ? Span<double>{} : Doubles(info[1], "target");
  if (!info[1].IsNull() && target.size != x.rows) fail_shape("target: expected one number per row.");
  return Async(
      info, 2, [=](const AbortFlag* abort) { return target_moments(x, target.data, abort); },
      [](Napi::Env env, TargetMoments& out) {
        return ObjectOf(env, {{"means", ToJs(env, std::move(out.means))},
                              {"variances", ToJs(env, std::move(out.variances))},
                              {"covariances", ToJs(env, std::move(out.covariances))}});
      });
}

// classSums(x: Matrix, classesOf: Int32Array, classes: number, counted: boolean, abort?):
//   Promise<{ counts: Float64Array [classes], sums: Float64Array [classes, cols], within: Float64Array [cols] }>
KINDRED_EXPORT(classSums) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto classes_of = Ints(info[1], "classesOf");
  const int64_t classes = Count(info[2], "classes");
  const bool counted = Flag(info[3], "counted");
  if (classes_of.size != x.rows) fail_shape("classesOf: expected one class per row.");
  return Async(
      info, 4, [=](const AbortFlag* abort) { return class_sums(x, classes_of.data, classes, counted, abort); },
      [](Napi::Env env, ClassSums& out) {
        return ObjectOf(env, {{"counts", ToJs(env, std::move(out.counts))},
                              {"sums", ToJs(env, std::move(out.sums))},
                              {"within", ToJs(env, std::move(out.within))}});
      });
}

// correlatedColumns(columns: Float32Array, cols: number, rows: number, threshold: number, abort?):
//   Promise<{ earlier: Int32Array, correlations: Float64Array }>; columns [cols, rows], centred and standardised
KINDRED_EXPORT(correlatedColumns) {
  const auto columns = Floats(info[0], "columns");
  const int64_t cols = Count(info[1], "cols"), rows = Count(info[2], "rows");
  const double threshold = Number(info[3], "threshold");
  if (columns.size != cols * rows) fail_shape("columns: expected a number for each row and column.");
  return Async(
      info, 4, [=](const AbortFlag* abort) { return correlated_columns(columns.data, cols, rows, threshold, abort); },
      [](Napi::Env env, CorrelatedColumns& out) {
        return ObjectOf(env, {{"earlier", ToJs(env, std::move(out.earlier))},
                              {"correlations", ToJs(env, std::move(out.correlations))}});
      });
}

// takeColumns(x: Matrix, columns: Int32Array, out: Float32Array, abort?): Promise<void>; out [x.rows, columns]
KINDRED_EXPORT(takeColumns) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto columns = Ints(info[1], "columns");
  const auto out = Floats(info[2], "out");
  if (out.size != x.rows * columns.size) fail_shape("out: expected a number for each row and column.");
  return Async(info, 3, [=](const AbortFlag* abort) { take_columns(x, columns.data, columns.size, out.data, abort); });
}

// mutualInformation(x: Matrix, target: Float64Array, discrete: Uint8Array, begin: number, end: number,
//   options: MutualInformationSettings, abort?): Promise<Float64Array> [end - begin]
KINDRED_EXPORT(mutualInformation) {
  const Matrix x = MatrixOf(info[0], "x");
  const auto target = Doubles(info[1], "target");
  const auto discrete = Bytes(info[2], "discrete");
  const int64_t begin = Count(info[3], "begin"), end = Count(info[4], "end");
  const Napi::Object object = ObjectIn(info[5], "options");
  const MutualInformationOptions options{Flag(object.Get("discreteTarget"), "discreteTarget"),
                                         Count(object.Get("neighbors"), "neighbors"),
                                         Whole(object.Get("seed"), "seed")};
  if (target.size != x.rows || discrete.size != x.cols)
    fail_shape("mutualInformation: expected a number per row and a flag per column.");
  return Async(info, 6, [=](const AbortFlag* abort) {
    return mutual_information(x, target.data, discrete.data, begin, end, options, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

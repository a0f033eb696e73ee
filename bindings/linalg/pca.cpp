#include "kindred/linalg/pca.h"

#include "kindred/linalg/canonical_correlation.h"
#include "kindred/linalg/scatter.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

AxesWanted WantedOf(const Napi::Value& count, const Napi::Value& share) {
  return {Count(count, "count"), Number(share, "share")};
}

Span<double> SquareOf(const Napi::Value& value, int64_t dims) {
  const auto sums = Doubles(value, "sums");
  if (sums.size != dims * dims) fail_shape("sums: expected dims * dims numbers.");
  return sums;
}

Napi::Value AxesToJs(Napi::Env env, PrincipalAxes& out) {
  return ObjectOf(env, {{"mean", ToJs(env, std::move(out.mean))},
                        {"values", ToJs(env, std::move(out.values))},
                        {"vectors", ToJs(env, std::move(out.vectors))}});
}

// pca(x: Matrix, count: number, abort?):
//   Promise<{ mean: Float64Array, components: Float32Array, variances: Float64Array }>
KINDRED_EXPORT(pca) {
  const Matrix x = MatrixOf(info[0], "x");
  const int64_t count = Count(info[1], "count");
  return Async(
      info, 2, [=](const AbortFlag* abort) { return pca(x, count, abort); },
      [](Napi::Env env, Pca& out) {
        return ObjectOf(env, {{"mean", ToJs(env, std::move(out.mean))},
                              {"components", ToJs(env, std::move(out.components))},
                              {"variances", ToJs(env, std::move(out.variances))}});
      });
}

// columnMoments(x: Matrix, abort?): Promise<{ mean: Float64Array, squares: Float64Array }> [x.cols]
KINDRED_EXPORT(columnMoments) {
  const Matrix x = MatrixOf(info[0], "x");
  return Async(
      info, 1, [=](const AbortFlag* abort) { return column_moments(x, abort); },
      [](Napi::Env env, ColumnMoments& out) {
        return ObjectOf(env,
                        {{"mean", ToJs(env, std::move(out.mean))}, {"squares", ToJs(env, std::move(out.squares))}});
      });
}

// scatter(x: Matrix, abort?): Promise<{ mean: Float64Array, sums: Float64Array }> [x.cols], [x.cols, x.cols]
KINDRED_EXPORT(scatter) {
  const Matrix x = MatrixOf(info[0], "x");
  return Async(
      info, 1, [=](const AbortFlag* abort) { return scatter(x, ScatterSums::automatic, abort); },
      [](Napi::Env env, Scatter& out) {
        return ObjectOf(env, {{"mean", ToJs(env, std::move(out.mean))}, {"sums", ToJs(env, std::move(out.sums))}});
      });
}

// addOuterProducts(vectors: Matrix, weights: Float64Array, sums: Float64Array, abort?): Promise<void>; sums
//   [vectors.cols, vectors.cols] in place
KINDRED_EXPORT(addOuterProducts) {
  const Matrix vectors = MatrixOf(info[0], "vectors");
  const auto weights = Doubles(info[1], "weights");
  const auto sums = SquareOf(info[2], vectors.cols);
  if (weights.size != vectors.rows) fail_shape("weights: expected one number per vector.");
  return Async(info, 3, [=](const AbortFlag* abort) { add_outer_products(vectors, weights.data, sums.data, abort); });
}

// leadingAxes(sums: Float64Array, dims: number, count: number, share: number, abort?):
//   Promise<{ mean: Float64Array, values: Float64Array, vectors: Float32Array }>
KINDRED_EXPORT(leadingAxes) {
  const int64_t dims = Count(info[1], "dims");
  const auto sums = SquareOf(info[0], dims);
  const AxesWanted wanted = WantedOf(info[2], info[3]);
  return Async(
      info, 4, [=](const AbortFlag* abort) { return leading_axes(sums.data, dims, wanted, abort); }, AxesToJs);
}

// rowSpaceAxes(x: Matrix, centred: boolean, count: number, share: number, abort?):
//   Promise<{ mean: Float64Array, values: Float64Array, vectors: Float32Array }>
KINDRED_EXPORT(rowSpaceAxes) {
  const Matrix x = MatrixOf(info[0], "x");
  const bool centred = Flag(info[1], "centred");
  const AxesWanted wanted = WantedOf(info[2], info[3]);
  return Async(
      info, 4, [=](const AbortFlag* abort) { return row_space_axes(x, centred, wanted, abort); }, AxesToJs);
}

// canonicalCorrelation(x: Matrix, y: Matrix, count: number, xRidge: number, yRidge: number, abort?):
//   Promise<{ xMean: Float64Array, yMean: Float64Array, xWeights: Float32Array, yWeights: Float32Array,
//             correlations: Float64Array }>
KINDRED_EXPORT(canonicalCorrelation) {
  const Matrix x = MatrixOf(info[0], "x"), y = MatrixOf(info[1], "y");
  const int64_t count = Count(info[2], "count");
  const double x_ridge = Number(info[3], "xRidge"), y_ridge = Number(info[4], "yRidge");
  return Async(
      info, 5, [=](const AbortFlag* abort) { return canonical_correlation(x, y, count, x_ridge, y_ridge, abort); },
      [](Napi::Env env, CanonicalCorrelation& out) {
        return ObjectOf(env, {{"xMean", ToJs(env, std::move(out.x_mean))},
                              {"yMean", ToJs(env, std::move(out.y_mean))},
                              {"xWeights", ToJs(env, std::move(out.x_weights))},
                              {"yWeights", ToJs(env, std::move(out.y_weights))},
                              {"correlations", ToJs(env, std::move(out.correlations))}});
      });
}

}  // namespace

}  // namespace kindred::bindings

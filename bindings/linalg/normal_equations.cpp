#include "kindred/linalg/normal_equations.h"

#include "kindred/linalg/gaussian_kernel.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// gram(x: Matrix, abort?): Promise<Float64Array> [cols, cols]
KINDRED_EXPORT(gram) {
  const Matrix x = MatrixOf(info[0], "x");
  return Async(info, 1, [=](const AbortFlag* abort) { return gram(x, abort); });
}

// ridge(x: Matrix, y: Matrix, rowWeights: Float32Array | null, regularization: number, abort?):
//   Promise<{ weights: Float32Array, intercept: Float32Array }>
KINDRED_EXPORT(ridge) {
  const Matrix x = MatrixOf(info[0], "x"), y = MatrixOf(info[1], "y");
  const auto weights = info[2].IsNull() ? Span<float>{} : Floats(info[2], "rowWeights");
  const double regularization = Number(info[3], "regularization");
  if (!info[2].IsNull() && weights.size != x.rows) fail_shape("rowWeights: expected one number per row.");
  return Async(
      info, 4, [=](const AbortFlag* abort) { return ridge(x, y, weights.data, regularization, abort); },
      [](Napi::Env env, Ridge& out) {
        return ObjectOf(
            env, {{"weights", ToJs(env, std::move(out.weights))}, {"intercept", ToJs(env, std::move(out.intercept))}});
      });
}

// gaussianKernel(a: Matrix, b: Matrix, gamma: number, abort?): Promise<Float32Array> [a.rows, b.rows]
KINDRED_EXPORT(gaussianKernel) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const double gamma = Number(info[2], "gamma");
  return Async(info, 3, [=](const AbortFlag* abort) {
    std::vector<float> out(a.rows * b.rows);
    gaussian_kernel(a, b, gamma, out.data(), abort);
    return out;
  });
}

// kernelRidge(x: Matrix, y: Matrix, gamma: number, regularization: number, abort?): Promise<Float32Array>
//   [y.cols, x.rows]
KINDRED_EXPORT(kernelRidge) {
  const Matrix x = MatrixOf(info[0], "x"), y = MatrixOf(info[1], "y");
  const double gamma = Number(info[2], "gamma"), regularization = Number(info[3], "regularization");
  return Async(info, 4, [=](const AbortFlag* abort) { return kernel_ridge(x, y, gamma, regularization, abort); });
}

}  // namespace

}  // namespace kindred::bindings

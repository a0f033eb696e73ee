#include "kindred/linalg/normal_equations.h"

#include "families.h"
#include "kindred/linalg/gaussian_kernel.h"
#include "kindred/linalg/pca.h"
#include "kindred/runtime/error.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// gram(x: Matrix, abort?): Promise<Float64Array> [cols, cols]
Napi::Value GramOf(const Napi::CallbackInfo& info) {
  const Matrix x = MatrixOf(info[0], "x");
  return Async<std::vector<double>>(
      info.Env(), info[1], {info[0]}, [=](const AbortFlag* abort) { return gram(x, abort); },
      [](Napi::Env env, std::vector<double>& out) { return ToJs(env, std::move(out)); });
}

// ridge(x: Matrix, y: Matrix, rowWeights: Float32Array | null, regularization: number, abort?):
//   Promise<{ weights: Float32Array, intercept: Float32Array }>
Napi::Value RidgeOf(const Napi::CallbackInfo& info) {
  const Matrix x = MatrixOf(info[0], "x"), y = MatrixOf(info[1], "y");
  const auto weights = info[2].IsNull() ? Span<float>{} : Floats(info[2], "rowWeights");
  const double regularization = Number(info[3], "regularization");
  if (weights.data && weights.size != x.rows) fail_shape("rowWeights: expected one number per row.");
  return Async<Ridge>(
      info.Env(), info[4], {info[0], info[1], info[2]},
      [=](const AbortFlag* abort) { return ridge(x, y, weights.data, regularization, abort); },
      [](Napi::Env env, Ridge& out) {
        auto object = Napi::Object::New(env);
        object.Set("weights", ToJs(env, std::move(out.weights)));
        object.Set("intercept", ToJs(env, std::move(out.intercept)));
        return object;
      });
}

// gaussianKernel(a: Matrix, b: Matrix, gamma: number, abort?): Promise<Float32Array> [a.rows, b.rows]
Napi::Value GaussianKernel(const Napi::CallbackInfo& info) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const double gamma = Number(info[2], "gamma");
  return Async<std::vector<float>>(
      info.Env(), info[3], {info[0], info[1]},
      [=](const AbortFlag* abort) {
        std::vector<float> out(a.rows * b.rows);
        gaussian_kernel(a, b, gamma, out.data(), abort);
        return out;
      },
      [](Napi::Env env, std::vector<float>& out) { return ToJs(env, std::move(out)); });
}

// kernelRidge(x: Matrix, y: Matrix, gamma: number, regularization: number, abort?): Promise<Float32Array>
//   [y.cols, x.rows]
Napi::Value KernelRidge(const Napi::CallbackInfo& info) {
  const Matrix x = MatrixOf(info[0], "x"), y = MatrixOf(info[1], "y");
  const double gamma = Number(info[2], "gamma"), regularization = Number(info[3], "regularization");
  return Async<std::vector<float>>(
      info.Env(), info[4], {info[0], info[1]},
      [=](const AbortFlag* abort) { return kernel_ridge(x, y, gamma, regularization, abort); },
      [](Napi::Env env, std::vector<float>& out) { return ToJs(env, std::move(out)); });
}

// pca(x: Matrix, count: number, abort?):
//   Promise<{ mean: Float64Array, components: Float32Array, variances: Float64Array }>
Napi::Value PcaOf(const Napi::CallbackInfo& info) {
  const Matrix x = MatrixOf(info[0], "x");
  const int64_t count = Count(info[1], "count");
  return Async<Pca>(
      info.Env(), info[2], {info[0]}, [=](const AbortFlag* abort) { return pca(x, count, abort); },
      [](Napi::Env env, Pca& out) {
        auto object = Napi::Object::New(env);
        object.Set("mean", ToJs(env, std::move(out.mean)));
        object.Set("components", ToJs(env, std::move(out.components)));
        object.Set("variances", ToJs(env, std::move(out.variances)));
        return object;
      });
}

}  // namespace

void ExportLinear(Napi::Env env, Napi::Object exports) {
  Export<GramOf>(env, exports, "gram");
  Export<RidgeOf>(env, exports, "ridge");
  Export<GaussianKernel>(env, exports, "gaussianKernel");
  Export<KernelRidge>(env, exports, "kernelRidge");
  Export<PcaOf>(env, exports, "pca");
}

}  // namespace kindred::bindings

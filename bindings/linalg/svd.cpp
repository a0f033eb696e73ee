#include "kindred/linalg/svd.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// null, or the mean [x.cols] of the rows
const double* MeanOf(const Napi::Value& value, const Matrix& x) {
  if (value.IsNull()) return nullptr;
  const auto mean = Doubles(value, "mean");
  if (mean.size != x.cols) fail_shape("mean: expected one number per column.");
  return mean.data;
}

Napi::Value VectorsToJs(Napi::Env env, SingularVectors& out) {
  return ObjectOf(env, {{"values", ToJs(env, std::move(out.values))}, {"vectors", ToJs(env, std::move(out.vectors))}});
}

// subspaceStep(a: Csr, transposed: Csr, basis: Matrix, abort?): Promise<void>; basis [a.cols, width] in place
KINDRED_EXPORT(subspaceStep) {
  const CsrView a = CsrOf(info[0], "a"), transposed = CsrOf(info[1], "transposed");
  const Matrix basis = MatrixOf(info[2], "basis");
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(a, "a", abort);
    check_csr(transposed, "transposed", abort);
    subspace_step(a, transposed, basis, abort);
  });
}

// singularVectors(a: Csr, basis: Matrix, count: number, abort?):
//   Promise<{ values: Float32Array [count], vectors: Float32Array [a.cols, count] }>
KINDRED_EXPORT(singularVectors) {
  const CsrView a = CsrOf(info[0], "a");
  const Matrix basis = MatrixOf(info[1], "basis");
  const int64_t count = Count(info[2], "count");
  return Async(
      info, 3,
      [=](const AbortFlag* abort) {
        check_csr(a, "a", abort);
        return singular_vectors(a, basis, count, abort);
      },
      VectorsToJs);
}

// denseSubspaceStep(x: Matrix, mean: Float64Array | null, basis: Matrix, abort?): Promise<void>; basis [x.cols, width]
// in
//   place
KINDRED_EXPORT(denseSubspaceStep) {
  const Matrix x = MatrixOf(info[0], "x"), basis = MatrixOf(info[2], "basis");
  const double* const mean = MeanOf(info[1], x);
  return Async(info, 3, [=](const AbortFlag* abort) { subspace_step(x, mean, basis, abort); });
}

// denseSingularVectors(x: Matrix, mean: Float64Array | null, basis: Matrix, count: number, abort?):
//   Promise<{ values: Float32Array [count], vectors: Float32Array [x.cols, count] }>
KINDRED_EXPORT(denseSingularVectors) {
  const Matrix x = MatrixOf(info[0], "x"), basis = MatrixOf(info[2], "basis");
  const double* const mean = MeanOf(info[1], x);
  const int64_t count = Count(info[3], "count");
  return Async(
      info, 4, [=](const AbortFlag* abort) { return singular_vectors(x, mean, basis, count, abort); }, VectorsToJs);
}

}  // namespace

}  // namespace kindred::bindings

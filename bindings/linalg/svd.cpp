#include "kindred/linalg/svd.h"

#include "families.h"
#include "kindred/runtime/error.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// subspaceStep(a: Csr, transposed: Csr, basis: Matrix, abort?): Promise<void>; basis [a.cols, width] in place
Napi::Value SubspaceStep(const Napi::CallbackInfo& info) {
  const CsrView a = CsrOf(info[0], "a"), transposed = CsrOf(info[1], "transposed");
  const Matrix basis = MatrixOf(info[2], "basis");
  struct Nothing {};
  return Async<Nothing>(
      info.Env(), info[3], {info[0], info[1], info[2]},
      [=](const AbortFlag* abort) {
        check_csr(a, "a");
        check_csr(transposed, "transposed");
        subspace_step(a, transposed, basis, abort);
        return Nothing{};
      },
      [](Napi::Env env, Nothing&) { return env.Undefined(); });
}

// singularVectors(a: Csr, basis: Matrix, count: number, abort?):
//   Promise<{ values: Float32Array [count], vectors: Float32Array [a.cols, count] }>
Napi::Value SingularVectorsOf(const Napi::CallbackInfo& info) {
  const CsrView a = CsrOf(info[0], "a");
  const Matrix basis = MatrixOf(info[1], "basis");
  const int64_t count = Count(info[2], "count");
  return Async<SingularVectors>(
      info.Env(), info[3], {info[0], info[1]},
      [=](const AbortFlag* abort) {
        check_csr(a, "a");
        return singular_vectors(a, basis, count, abort);
      },
      [](Napi::Env env, SingularVectors& out) {
        auto object = Napi::Object::New(env);
        object.Set("values", ToJs(env, std::move(out.values)));
        object.Set("vectors", ToJs(env, std::move(out.vectors)));
        return object;
      });
}

}  // namespace

void ExportSvd(Napi::Env env, Napi::Object exports) {
  Export<SubspaceStep>(env, exports, "subspaceStep");
  Export<SingularVectorsOf>(env, exports, "singularVectors");
}

}  // namespace kindred::bindings

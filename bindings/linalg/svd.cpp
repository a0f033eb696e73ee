#include "kindred/linalg/svd.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

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
      [](Napi::Env env, SingularVectors& out) {
        return ObjectOf(env,
                        {{"values", ToJs(env, std::move(out.values))}, {"vectors", ToJs(env, std::move(out.vectors))}});
      });
}

}  // namespace

}  // namespace kindred::bindings

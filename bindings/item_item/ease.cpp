#include "kindred/item_item/ease.h"

#include "families.h"
#include "kindred/linalg/inverse.h"
#include "kindred/runtime/error.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

struct Nothing {};
Napi::Value Undefined(Napi::Env env, Nothing&) { return env.Undefined(); }

// regularizedGram(byUser: Csr, byItem: Csr, regularization: number, gram: Matrix, abort?): Promise<void>;
//   gram [items, items] is filled
Napi::Value RegularizedGram(const Napi::CallbackInfo& info) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  const double regularization = Number(info[2], "regularization");
  const Matrix gram = MatrixOf(info[3], "gram");
  return Async<Nothing>(
      info.Env(), info[4], {info[0], info[1], info[3]},
      [=](const AbortFlag* abort) {
        check_csr(by_user, "byUser");
        check_csr(by_item, "byItem");
        regularized_gram(by_user, by_item, regularization, gram, abort);
        return Nothing{};
      },
      Undefined);
}

// invertPivots(a: Matrix, diagonal: Float32Array, begin: number, end: number, abort?): Promise<void>; a [n, n]
//   in place
Napi::Value InvertPivots(const Napi::CallbackInfo& info) {
  const Matrix a = MatrixOf(info[0], "a");
  const auto diagonal = Floats(info[1], "diagonal");
  const int64_t begin = Count(info[2], "begin"), end = Count(info[3], "end");
  if (diagonal.size != a.rows) fail_shape("diagonal: expected one number per row.");
  return Async<Nothing>(
      info.Env(), info[4], {info[0], info[1]},
      [=](const AbortFlag* abort) {
        invert_pivots(a, diagonal.data, begin, end, abort);
        return Nothing{};
      },
      Undefined);
}

// inverseError(byUser: Csr, regularization: number, negatedInverse: Matrix, abort?): Promise<number>
Napi::Value InverseError(const Napi::CallbackInfo& info) {
  const CsrView by_user = CsrOf(info[0], "byUser");
  const double regularization = Number(info[1], "regularization");
  const Matrix negated_inverse = MatrixOf(info[2], "negatedInverse");
  return Async<double>(
      info.Env(), info[3], {info[0], info[2]},
      [=](const AbortFlag* abort) {
        check_csr(by_user, "byUser");
        return inverse_error(by_user, regularization, negated_inverse, abort);
      },
      [](Napi::Env env, double& out) { return Napi::Number::New(env, out); });
}

// easeWeights(negatedInverse: Matrix, abort?): Promise<void>; in place
Napi::Value EaseWeights(const Napi::CallbackInfo& info) {
  const Matrix negated_inverse = MatrixOf(info[0], "negatedInverse");
  return Async<Nothing>(
      info.Env(), info[1], {info[0]},
      [=](const AbortFlag* abort) {
        ease_weights(negated_inverse, abort);
        return Nothing{};
      },
      Undefined);
}

}  // namespace

void ExportEase(Napi::Env env, Napi::Object exports) {
  Export<RegularizedGram>(env, exports, "regularizedGram");
  Export<InvertPivots>(env, exports, "invertPivots");
  Export<InverseError>(env, exports, "inverseError");
  Export<EaseWeights>(env, exports, "easeWeights");
}

}  // namespace kindred::bindings

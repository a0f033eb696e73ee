#include "kindred/item_item/ease.h"

#include "kindred/linalg/inverse.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// regularizedGram(byUser: Csr, byItem: Csr, regularization: number, gram: Matrix, abort?): Promise<void>;
//   gram [items, items] is filled
KINDRED_EXPORT(regularizedGram) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  const double regularization = Number(info[2], "regularization");
  const Matrix gram = MatrixOf(info[3], "gram");
  return Async(info, 4, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser", abort);
    check_csr(by_item, "byItem", abort);
    regularized_gram(by_user, by_item, regularization, gram, abort);
  });
}

// invertPivots(a: Matrix, diagonal: Float32Array, begin: number, end: number, abort?): Promise<void>; a [n, n]
//   in place
KINDRED_EXPORT(invertPivots) {
  const Matrix a = MatrixOf(info[0], "a");
  const auto diagonal = Floats(info[1], "diagonal");
  const int64_t begin = Count(info[2], "begin"), end = Count(info[3], "end");
  if (diagonal.size != a.rows) fail_shape("diagonal: expected one number per row.");
  return Async(info, 4, [=](const AbortFlag* abort) { invert_pivots(a, diagonal.data, begin, end, abort); });
}

// inverseError(byUser: Csr, regularization: number, negatedInverse: Matrix, abort?): Promise<number>
KINDRED_EXPORT(inverseError) {
  const CsrView by_user = CsrOf(info[0], "byUser");
  const double regularization = Number(info[1], "regularization");
  const Matrix negated_inverse = MatrixOf(info[2], "negatedInverse");
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser", abort);
    return inverse_error(by_user, regularization, negated_inverse, abort);
  });
}

// easeWeights(negatedInverse: Matrix, abort?): Promise<void>; in place
KINDRED_EXPORT(easeWeights) {
  const Matrix negated_inverse = MatrixOf(info[0], "negatedInverse");
  return Async(info, 1, [=](const AbortFlag* abort) { ease_weights(negated_inverse, abort); });
}

}  // namespace

}  // namespace kindred::bindings

#include "kindred/item_item/gfcf.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// normalizeLog(byUser: Csr, abort?): Promise<{ byUser: Csr, itemDegrees: Float32Array }>
KINDRED_EXPORT(normalizeLog) {
  const CsrView by_user = CsrOf(info[0], "byUser");
  return Async(
      info, 1,
      [=](const AbortFlag* abort) {
        check_csr(by_user, "byUser", abort);
        return normalize_log(by_user, abort);
      },
      [](Napi::Env env, NormalizedLog& out) {
        return ObjectOf(env, {{"byUser", ToJs(env, std::move(out.by_user))},
                              {"itemDegrees", ToJs(env, std::move(out.item_degrees))}});
      });
}

// graphFilter(gram: Matrix, vectors: Matrix, itemDegrees: Float32Array, alpha: number, abort?): Promise<void>;
//   gram [items, items] in place
KINDRED_EXPORT(graphFilter) {
  const Matrix gram = MatrixOf(info[0], "gram"), vectors = MatrixOf(info[1], "vectors");
  const auto degrees = Floats(info[2], "itemDegrees");
  const double alpha = Number(info[3], "alpha");
  if (degrees.size != gram.rows) fail_shape("itemDegrees: expected one number per item.");
  return Async(info, 4, [=](const AbortFlag* abort) { graph_filter(gram, vectors, degrees.data, alpha, abort); });
}

// lowPass(vectors: Matrix, itemDegrees: Float32Array, abort?): Promise<{ left: Float32Array, right: Float32Array }>;
//   both [items, factors]
KINDRED_EXPORT(lowPass) {
  const Matrix vectors = MatrixOf(info[0], "vectors");
  const auto degrees = Floats(info[1], "itemDegrees");
  if (degrees.size != vectors.rows) fail_shape("itemDegrees: expected one number per item.");
  return Async(
      info, 2, [=](const AbortFlag* abort) { return low_pass(vectors, degrees.data, abort); },
      [](Napi::Env env, LowPass& out) {
        return ObjectOf(env, {{"left", ToJs(env, std::move(out.left))}, {"right", ToJs(env, std::move(out.right))}});
      });
}

// graphScores(histories: Csr, byUser: Csr, byItem: Csr, left: Matrix, right: Matrix, alpha: number, out: Matrix,
//   abort?): Promise<void>; histories and out [histories, items]. Of the log's two orders the rows that are
//   used are checked: all of them would take longer than a block of histories.
KINDRED_EXPORT(graphScores) {
  const CsrView histories = CsrOf(info[0], "histories"), by_user = CsrOf(info[1], "byUser");
  const CsrView by_item = CsrOf(info[2], "byItem");
  const Matrix left = MatrixOf(info[3], "left"), right = MatrixOf(info[4], "right");
  const double alpha = Number(info[5], "alpha");
  const Matrix out = MatrixOf(info[6], "out");
  return Async(info, 7, [=](const AbortFlag* abort) {
    check_csr(histories, "histories", abort);
    graph_scores(histories, by_user, by_item, left, right, alpha, out, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

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
      [=](const AbortFlag*) {
        check_csr(by_user, "byUser");
        return normalize_log(by_user);
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

}  // namespace

}  // namespace kindred::bindings

#include "kindred/item_item/random_walk.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// { alpha: number, beta: number, neighbors: number, normalize: boolean }
WalkOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  return {Number(object.Get("alpha"), "alpha"), Number(object.Get("beta"), "beta"),
          Count(object.Get("neighbors"), "neighbors"), object.Get("normalize").ToBoolean()};
}

// walkWeights(byUser: Csr, byItem: Csr, options: WalkKernelOptions, abort?): Promise<Csr> [items, items]
KINDRED_EXPORT(walkWeights) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  const WalkOptions options = OptionsOf(info[2]);
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser", abort);
    check_csr(by_item, "byItem", abort);
    return walk_weights(by_user, by_item, options, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

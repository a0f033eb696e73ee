#include "kindred/tables/dense_keys.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// denseKeys(a: Float64Array, b: Float64Array, aKeys: Int32Array, bKeys: Int32Array, abort?): Promise<number>; the keys
//   are filled; the number of keys
KINDRED_EXPORT(denseKeys) {
  const auto a = Doubles(info[0], "a"), b = Doubles(info[1], "b");
  const auto a_keys = Ints(info[2], "aKeys"), b_keys = Ints(info[3], "bKeys");
  if (a.size != a_keys.size || b.size != b_keys.size) fail_shape("denseKeys: numbers and keys differ in length.");
  return Async(info, 4, [=](const AbortFlag* abort) {
    return dense_keys(a.data, a.size, b.data, b.size, a_keys.data, b_keys.data, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

#include "kindred/item_item/slim.h"

#include <cmath>

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// { l1: number, l2: number, neighbors: number, iterations: number, tolerance: number }
SlimOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  return {Number(object.Get("l1"), "l1"), Number(object.Get("l2"), "l2"), Count(object.Get("neighbors"), "neighbors"),
          static_cast<int>(Count(object.Get("iterations"), "iterations")),
          Number(object.Get("tolerance"), "tolerance")};
}

// { begins: Float64Array [items + 1], indices: Int32Array, values: Float32Array, diagonal: Float32Array [items] }. Only
// lengths are checked here; slim_weights checks the indices, off the JavaScript thread.
SlimGram GramOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "gram");
  const auto begins = Doubles(object.Get("begins"), "gram.begins");
  const auto indices = Ints(object.Get("indices"), "gram.indices");
  const auto values = Floats(object.Get("values"), "gram.values");
  const auto diagonal = Floats(object.Get("diagonal"), "gram.diagonal");
  const auto pairs = static_cast<double>(indices.size);
  bool rows = begins.size == diagonal.size + 1 && values.size == indices.size && begins.data[0] == 0;
  for (int64_t i = 0; rows && i < diagonal.size; ++i)
    rows = begins.data[i] <= begins.data[i + 1] && begins.data[i + 1] == std::floor(begins.data[i + 1]);
  if (!rows || begins.data[diagonal.size] != pairs)
    fail_shape("gram: expected rows of a Gram matrix, as slimGramBegins counts them.");
  return {begins.data, indices.data, values.data, diagonal.data, diagonal.size};
}

// slimGramBegins(byUser: Csr, byItem: Csr, abort?): Promise<Float64Array> [items + 1]
KINDRED_EXPORT(slimGramBegins) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  return Async(info, 2, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser", abort);
    check_csr(by_item, "byItem", abort);
    return slim_gram_begins(by_user, by_item, abort);
  });
}

// slimGram(byUser: Csr, byItem: Csr, gram: SlimGram, abort?): Promise<void>; all of `gram` but its begins is filled
KINDRED_EXPORT(slimGram) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  const SlimGram gram = GramOf(info[2]);
  if (gram.items != by_item.rows) fail_shape("gram: expected a row for each item.");
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser", abort);
    check_csr(by_item, "byItem", abort);
    slim_gram(by_user, by_item, gram.begins, const_cast<int32_t*>(gram.indices), const_cast<float*>(gram.values),
              const_cast<float*>(gram.diagonal), abort);
  });
}

// slimWeights(gram: SlimGram, begin: number, end: number, options: SlimKernelOptions, abort?):
//   Promise<{ lists: Csr [end - begin, items], notConverged: number }>
KINDRED_EXPORT(slimWeights) {
  const SlimGram gram = GramOf(info[0]);
  const int64_t begin = Count(info[1], "begin"), end = Count(info[2], "end");
  const SlimOptions options = OptionsOf(info[3]);
  return Async(
      info, 4, [=](const AbortFlag* abort) { return slim_weights(gram, begin, end, options, abort); },
      [](Napi::Env env, SlimWeights& out) {
        return ObjectOf(env,
                        {{"lists", ToJs(env, std::move(out.lists))}, {"notConverged", ToJs(env, out.not_converged)}});
      });
}

}  // namespace

}  // namespace kindred::bindings

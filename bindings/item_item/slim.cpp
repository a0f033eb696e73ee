#include "kindred/item_item/slim.h"

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

void CheckSize(int64_t size, int64_t items) {
  if (size != slim_gram_size(items))
    fail_shape("gram: expected " + std::to_string(slim_gram_size(items)) + " numbers but received " +
               std::to_string(size) + ".");
}

// slimGramSize(items: number): number
KINDRED_EXPORT(slimGramSize) {
  return Napi::Number::New(info.Env(), static_cast<double>(slim_gram_size(Count(info[0], "items"))));
}

// slimGram(byUser: Csr, byItem: Csr, gram: Float32Array, abort?): Promise<void>; gram [slimGramSize(items)] is filled
KINDRED_EXPORT(slimGram) {
  const CsrView by_user = CsrOf(info[0], "byUser"), by_item = CsrOf(info[1], "byItem");
  const auto gram = Floats(info[2], "gram");
  CheckSize(gram.size, by_item.rows);
  return Async(info, 3, [=](const AbortFlag* abort) {
    check_csr(by_user, "byUser");
    check_csr(by_item, "byItem");
    slim_gram(by_user, by_item, gram.data, abort);
  });
}

// slimWeights(gram: Float32Array, items: number, begin: number, end: number, options: SlimKernelOptions, abort?):
//   Promise<{ lists: Csr [end - begin, items], notConverged: number }>
KINDRED_EXPORT(slimWeights) {
  const auto gram = Floats(info[0], "gram");
  const int64_t items = Count(info[1], "items"), begin = Count(info[2], "begin"), end = Count(info[3], "end");
  const SlimOptions options = OptionsOf(info[4]);
  CheckSize(gram.size, items);
  return Async(
      info, 5, [=](const AbortFlag* abort) { return slim_weights(gram.data, items, begin, end, options, abort); },
      [](Napi::Env env, SlimWeights& out) {
        return ObjectOf(env,
                        {{"lists", ToJs(env, std::move(out.lists))}, {"notConverged", ToJs(env, out.not_converged)}});
      });
}

}  // namespace

}  // namespace kindred::bindings

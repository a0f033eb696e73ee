#include "search/search_arguments.h"

#include "kindred/sparse/csr.h"

namespace kindred::bindings {

Metric MetricOf(const Napi::Value& value) {
  return OneOf<Metric>(value, "metric",
                       {{"dot", Metric::dot}, {"cosine", Metric::cosine}, {"euclidean", Metric::euclidean}});
}

Filter::Filter(const Napi::Value& exclude_value, const Napi::Value& candidates_value, int64_t queries, int64_t items) {
  if (!exclude_value.IsNull()) {
    has_exclude = true;
    exclude = CsrOf(exclude_value, "exclude");
  }
  if (candidates_value.IsNull()) return;
  const auto bits = Bytes(candidates_value, "candidates");
  const int64_t bytes = (items + 7) / 8;
  if (bits.size != bytes && bits.size != queries * bytes)
    fail_shape("candidates: expected " + std::to_string(bytes) + " bytes, or as many for each query, but received " +
               std::to_string(bits.size) + ".");
  allow = bits.data;
  allow_shared = bits.size == bytes;
}

ItemFilter Filter::checked(const AbortFlag* abort) const {
  if (has_exclude) check_csr(exclude, "exclude", abort);
  return {has_exclude ? &exclude : nullptr, allow, allow_shared};
}

Napi::Value ListsToJs(Napi::Env env, Lists& lists) {
  return ObjectOf(env,
                  {{"indices", ToJs(env, std::move(lists.indices))}, {"scores", ToJs(env, std::move(lists.scores))}});
}

}  // namespace kindred::bindings

#include "kindred/rank/diverse_lists.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// { vectors: Matrix, rows: Int32Array, relevance: Float64Array }
ListCandidates CandidatesOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "candidates");
  const Matrix vectors = MatrixOf(object.Get("vectors"), "vectors");
  const auto rows = Ints(object.Get("rows"), "rows");
  const auto relevance = Doubles(object.Get("relevance"), "relevance");
  if (rows.size != relevance.size) fail_shape("relevance: expected one number per candidate.");
  return {vectors, rows.data, relevance.data, rows.size};
}

// { must: Uint8Array, offsets: Int32Array, groups: Int32Array, limits: Int32Array } | null
ListRules RulesOf(const Napi::Value& value, int64_t count) {
  if (value.IsNull()) return {};
  const Napi::Object object = ObjectIn(value, "rules");
  const auto must = Bytes(object.Get("must"), "must");
  const auto offsets = Ints(object.Get("offsets"), "offsets"), groups = Ints(object.Get("groups"), "groups"),
             limits = Ints(object.Get("limits"), "limits");
  if (must.size != count) fail_shape("must: expected one flag per candidate.");
  if (offsets.size != count + 1 || offsets.data[count] != groups.size)
    fail_shape("offsets: expected where the groups of each candidate begin, and their number.");
  return {must.data, offsets.data, groups.data, limits.data, limits.size};
}

using Choose = DiverseList (*)(const ListCandidates&, const ListRules&, int64_t, double, const AbortFlag*);

Napi::Value DiverseListOf(const Napi::CallbackInfo& info, Choose choose) {
  const ListCandidates candidates = CandidatesOf(info[0]);
  const ListRules rules = RulesOf(info[1], candidates.count);
  const int64_t length = Count(info[2], "length");
  const double weight = Number(info[3], "weight");
  return Async(
      info, 4, [=](const AbortFlag* abort) { return choose(candidates, rules, length, weight, abort); },
      [](Napi::Env env, DiverseList& out) {
        return ObjectOf(env,
                        {{"chosen", ToJs(env, std::move(out.chosen))}, {"values", ToJs(env, std::move(out.values))}});
      });
}

// maximalMarginalRelevance(candidates, rules, length: number, weight: number, abort?):
//   Promise<{ chosen: Int32Array, values: Float64Array }>
KINDRED_EXPORT(maximalMarginalRelevance) { return DiverseListOf(info, maximal_marginal_relevance); }

// determinantalList(candidates, rules, length: number, weight: number, abort?): the same
KINDRED_EXPORT(determinantalList) { return DiverseListOf(info, determinantal_list); }

}  // namespace

}  // namespace kindred::bindings

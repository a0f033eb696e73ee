#include "kindred/ngrams/counter.h"

#include "napi/handle.h"
#include "napi/promise.h"
#include "napi/strings.h"
#include "ngrams/rules.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x6e6772616d636e74};

// Calls add to what the handle owns.
struct Owned {
  std::unique_ptr<NgramCounter> counter;
  int64_t bytes() const { return 0; }  // it lives as long as a fit
};

using Shared = std::shared_ptr<const Owned>;

Shared CounterOf(const Napi::Value& value) { return SharedOf<Owned>(value, kTag, "counter"); }

// ngramCounter(rules: NgramRules, binary: boolean, keepRows: boolean): NgramCounter
KINDRED_EXPORT(ngramCounter) {
  return WrapShared<Owned>(info.Env(),
                           std::make_shared<Owned>(Owned{std::make_unique<NgramCounter>(
                               RulesOf(info[0]), Flag(info[1], "binary"), Flag(info[2], "keepRows"))}),
                           kTag);
}

// ngramCount(counter: NgramCounter, texts: readonly string[], begin: number, end: number, abort?): Promise<void>; texts
//   [begin, end) are counted
KINDRED_EXPORT(ngramCount) {
  const int64_t begin = Count(info[2], "begin");
  auto texts = std::make_shared<const Strings>(StringsOf(info[1], begin, Count(info[3], "end"), "texts"));
  return Async(info, 4, [=, owned = CounterOf(info[0])](const AbortFlag* abort) {
    owned->counter->count({texts->utf8.data(), texts->offsets.data(), texts->count()}, begin, abort);
  });
}

// ngramSelect(counter: NgramCounter, limits: { minTexts: number, maxTexts: number, maxFeatures: number | null },
// abort?):
//   Promise<NgramSelection>; once, after all texts
KINDRED_EXPORT(ngramSelect) {
  const Napi::Object object = ObjectIn(info[1], "limits");
  NgramLimits limits;
  limits.min_texts = Number(object.Get("minTexts"), "minTexts");
  limits.max_texts = Number(object.Get("maxTexts"), "maxTexts");
  if (const Napi::Value most = object.Get("maxFeatures"); !most.IsNull())
    limits.max_features = Count(most, "maxFeatures");
  return Async(
      info, 2,
      [=, owned = CounterOf(info[0])](const AbortFlag* abort) { return owned->counter->select(limits, abort); },
      [](Napi::Env env, const NgramSelection& found) {
        return ObjectOf(env, {{"terms", ToJs(env, found.terms)},
                              {"bytes", ToJs(env, found.bytes)},
                              {"nonzeros", ToJs(env, found.nonzeros)},
                              {"rare", ToJs(env, found.rare)},
                              {"frequent", ToJs(env, found.frequent)},
                              {"beyond", ToJs(env, found.beyond)},
                              {"empty", ToJs(env, found.empty)}});
      });
}

// ngramTerms(counter: NgramCounter, utf8: Uint8Array, ends: Int32Array, texts: Int32Array, abort?): Promise<void>; the
//   terms selected, where each ends, and how many texts have it are filled
KINDRED_EXPORT(ngramTerms) {
  const Shared owned = CounterOf(info[0]);
  const auto utf8 = Bytes(info[1], "utf8");
  const auto ends = Ints(info[2], "ends"), texts = Ints(info[3], "texts");
  const NgramSelection& found = owned->counter->selection();
  if (utf8.size != found.bytes || ends.size != found.terms || texts.size != found.terms)
    fail_shape("utf8, ends, texts: expected the sizes that ngramSelect gave.");
  return Async(info, 4, [=](const AbortFlag* abort) {
    owned->counter->terms(reinterpret_cast<char*>(utf8.data), ends.data, texts.data, abort);
  });
}

// ngramRows(counter: NgramCounter, indptr: Int32Array, indices: Int32Array, values: Float32Array, abort?):
// Promise<void>;
//   the counts of all texts are filled
KINDRED_EXPORT(ngramRows) {
  const Shared owned = CounterOf(info[0]);
  const auto indptr = Ints(info[1], "indptr"), indices = Ints(info[2], "indices");
  const auto values = Floats(info[3], "values");
  const int64_t nonzeros = owned->counter->selection().nonzeros;
  if (indptr.size != owned->counter->texts() + 1 || indices.size != nonzeros || values.size != nonzeros)
    fail_shape("indptr, indices, values: expected the sizes that ngramSelect gave.");
  return Async(info, 4,
               [=](const AbortFlag* abort) { owned->counter->rows(indptr.data, indices.data, values.data, abort); });
}

}  // namespace

}  // namespace kindred::bindings

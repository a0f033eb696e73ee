#include "kindred/ngrams/columns.h"

#include "kindred/ngrams/tfidf.h"
#include "napi/handle.h"
#include "napi/promise.h"
#include "napi/strings.h"
#include "ngrams/rules.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x6e6772616d636f6c};

using Shared = std::shared_ptr<const NgramColumns>;

// ngramColumns(rules: NgramRules, utf8: Uint8Array, ends: Int32Array, abort?): Promise<NgramColumns>; a column for each
//   of the terms that are in utf8, one behind another
KINDRED_EXPORT(ngramColumns) {
  const auto utf8 = Bytes(info[1], "utf8");
  const auto ends = Ints(info[2], "ends");
  return Async(
      info, 3,
      [=, rules = RulesOf(info[0])](const AbortFlag* abort) {
        std::vector<int64_t> offsets{0};
        for (int64_t i = 0; i < ends.size; ++i) {
          if (ends.data[i] < offsets.back() || ends.data[i] > utf8.size) fail_shape("ends: expected them to ascend.");
          offsets.push_back(ends.data[i]);
        }
        const Texts terms{reinterpret_cast<const char*>(utf8.data), offsets.data(), ends.size};
        return std::make_shared<const NgramColumns>(rules, terms, abort);
      },
      [](Napi::Env env, Shared& columns) { return WrapShared(env, std::move(columns), kTag); });
}

// ngramHashedColumns(rules: NgramRules, features: number, alternateSign: boolean): NgramColumns
KINDRED_EXPORT(ngramHashedColumns) {
  return WrapShared<NgramColumns>(info.Env(),
                                  std::make_shared<const NgramColumns>(RulesOf(info[0]), Count(info[1], "features"),
                                                                       Flag(info[2], "alternateSign")),
                                  kTag);
}

// ngramTransform(columns: NgramColumns, texts: readonly string[], begin: number, end: number, binary: boolean, abort?):
//   Promise<Csr>; a row of counts for each of texts [begin, end)
KINDRED_EXPORT(ngramTransform) {
  auto texts =
      std::make_shared<const Strings>(StringsOf(info[1], Count(info[2], "begin"), Count(info[3], "end"), "texts"));
  const bool binary = Flag(info[4], "binary");
  return Async(info, 5, [=, columns = SharedOf<NgramColumns>(info[0], kTag, "vocabulary")](const AbortFlag* abort) {
    return columns->transform({texts->utf8.data(), texts->offsets.data(), texts->count()}, binary, abort);
  });
}

// tfidfWeigh(counts: Csr, idf: Float64Array | null, sublinear: boolean, norm: 'l1' | 'l2' | 'none', abort?):
//   Promise<void>; the counts become weights in place
KINDRED_EXPORT(tfidfWeigh) {
  const CsrView counts = WeightedCsrOf(info[0], "counts");
  const auto values = Floats(ObjectIn(info[0], "counts").Get("values"), "values");
  TfidfWeights weights;
  if (!info[1].IsNull()) {
    const auto idf = Doubles(info[1], "idf");
    if (idf.size != counts.cols) fail_shape("idf: expected one number per column.");
    weights.idf = idf.data;
  }
  weights.sublinear = Flag(info[2], "sublinear");
  weights.norm = OneOf<RowNorm>(info[3], "norm", {{"l1", RowNorm::l1}, {"l2", RowNorm::l2}, {"none", RowNorm::none}});
  return Async(info, 4, [=](const AbortFlag* abort) { weigh_tfidf(counts, weights, values.data, abort); });
}

}  // namespace

}  // namespace kindred::bindings

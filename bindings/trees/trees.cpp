#include "kindred/trees/target_statistics.h"
#include "napi/promise.h"
#include "trees/arguments.h"

namespace kindred::bindings {
namespace {

using trees::CategorySource;

// treeEdges(blocks: readonly NumberBlock[], rows: number, bins: number, abort?): Promise<TreeEdges>
KINDRED_EXPORT(treeEdges) {
  const int64_t rows = Count(info[1], "rows"), bins = Count(info[2], "bins");
  return Async(
      info, 3,
      [=, sources = NumberSourcesOf(info[0], rows)](const AbortFlag* abort) {
        return trees::bin_edges(sources, rows, bins, abort);
      },
      [](Napi::Env env, trees::Edges& out) {
        return ObjectOf(env,
                        {{"values", ToJs(env, std::move(out.values))}, {"offsets", ToJs(env, std::move(out.offsets))}});
      });
}

// treePredict(trees: TreeArrays, edges: TreeEdges, blocks: readonly NumberBlock[], rows: number, base: number,
//   logistic: boolean, out: Float32Array, abort?): Promise<void>; out [rows] is filled
KINDRED_EXPORT(treePredict) {
  const trees::EnsembleView ensemble = EnsembleOf(info[0]);
  const trees::EdgesView edges = EdgesOf(info[1]);
  const int64_t rows = Count(info[3], "rows");
  const double base = Number(info[4], "base");
  const bool logistic = Flag(info[5], "logistic");
  const auto out = Floats(info[6], "out");
  if (out.size != rows) fail_shape("out: expected a number for each row.");
  return Async(info, 7, [=, sources = NumberSourcesOf(info[2], rows)](const AbortFlag* abort) {
    trees::ensemble_predict(ensemble, edges, sources, rows, base, logistic, out.data, abort);
  });
}

// checkTrees(trees: TreeArrays, edges: TreeEdges): void
KINDRED_EXPORT(checkTrees) {
  trees::check_ensemble(EnsembleOf(info[0]), EdgesOf(info[1]));
  return info.Env().Undefined();
}

// orderedTargetStatistics(columns: readonly CategoryCodes[], labels: Float32Array, settings: { prior: number, weight:
//   number, seed: number }, abort?): Promise<void>; rows and totals of each column are filled
KINDRED_EXPORT(orderedTargetStatistics) {
  if (!info[0].IsArray()) fail_value("columns: expected a list.");
  const auto list = info[0].As<Napi::Array>();
  const auto labels = Floats(info[1], "labels");
  const Napi::Object settings = ObjectIn(info[2], "settings");
  const double prior = Number(settings.Get("prior"), "prior"), weight = Number(settings.Get("weight"), "weight");
  const uint64_t seed = Whole(settings.Get("seed"), "seed");
  std::vector<CategorySource> sources;
  std::vector<Span<int32_t>> offsets;
  std::vector<int64_t> codes_of;
  std::vector<double*> outs, totals;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Object column = ObjectIn(list.Get(i), "columns");
    const auto codes = Ints(column.Get("codes"), "codes");
    const auto out = Doubles(column.Get("rows"), "rows"), total = Doubles(column.Get("totals"), "totals");
    const Napi::Value given = column.Get("offsets");
    offsets.push_back(given.IsNull() ? Span<int32_t>{} : Ints(given, "offsets"));
    const bool several = !given.IsNull();
    if (out.size != labels.size || (several ? offsets.back().size != labels.size + 1 : codes.size != labels.size))
      fail_shape("columns: expected a number for each row.");
    codes_of.push_back(codes.size);
    sources.push_back({codes.data, several ? offsets.back().data : nullptr, total.size});
    outs.push_back(out.data);
    totals.push_back(total.data);
  }
  return Async(info, 3, [=](const AbortFlag* abort) {
    for (size_t c = 0; c < sources.size(); ++c)
      for (int64_t r = 0; r + 1 < offsets[c].size; ++r)
        if (offsets[c].data[r] < 0 || offsets[c].data[r] > offsets[c].data[r + 1] ||
            offsets[c].data[r + 1] > codes_of[c])
          fail_shape("offsets: expected them to ascend.");
    trees::ordered_target_statistics(sources, labels.data, labels.size, prior, weight, seed, outs, totals, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings

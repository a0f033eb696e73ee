#include "kindred/similarity.h"

#include "families.h"
#include "kindred/csr.h"
#include "kindred/error.h"
#include "kit/arguments.h"
#include "kit/promise.h"

namespace kindred::bindings {
namespace {

Metric MetricOf(const Napi::Value& value) {
  const std::string name = Text(value, "metric");
  if (name == "dot") return Metric::dot;
  if (name == "cosine") return Metric::cosine;
  if (name == "euclidean") return Metric::euclidean;
  fail_value("metric: expected 'dot', 'cosine' or 'euclidean' but received '" + name + "'.");
}

// exclude: Csr | null and allow: Uint8Array | null, [1 or queries, ceil(items / 8)]
struct Filter {
  Filter(const Napi::Value& exclude_value, const Napi::Value& allow_value, int64_t queries, int64_t items) {
    if (!exclude_value.IsNull()) {
      has_exclude = true;
      exclude = CsrOf(exclude_value, "exclude");
    }
    if (allow_value.IsNull()) return;
    const auto bits = Bytes(allow_value, "allow");
    const int64_t bytes = (items + 7) / 8;
    if (bits.size != bytes && bits.size != queries * bytes)
      fail_shape("allow: expected " + std::to_string(bytes) + " bytes, or as many for each query, but received " +
                 std::to_string(bits.size) + ".");
    allow = bits.data;
    allow_shared = bits.size == bytes;
  }

  // Checks the exclusion list; call it off the JavaScript thread.
  ItemFilter checked() const {
    if (has_exclude) check_csr(exclude, "exclude");
    return {has_exclude ? &exclude : nullptr, allow, allow_shared};
  }

  bool has_exclude = false;
  CsrView exclude;
  const uint8_t* allow = nullptr;
  bool allow_shared = true;
};

struct Lists {
  Lists(int64_t queries, int64_t k) : indices(queries * k), scores(queries * k) {}
  TopK view() { return {indices.data(), scores.data()}; }

  std::vector<int32_t> indices;
  std::vector<float> scores;
};

Napi::Value ListsToJs(Napi::Env env, Lists& lists) {
  auto object = Napi::Object::New(env);
  object.Set("indices", ToJs(env, std::move(lists.indices)));
  object.Set("scores", ToJs(env, std::move(lists.scores)));
  return object;
}

// similarityMatrix(a: Matrix, b: Matrix, metric: Metric, abort?): Promise<Float32Array> [a.rows, b.rows]
Napi::Value SimilarityMatrix(const Napi::CallbackInfo& info) {
  const Matrix a = MatrixOf(info[0], "a"), b = MatrixOf(info[1], "b");
  const Metric metric = MetricOf(info[2]);
  return Async<std::vector<float>>(
      info.Env(), info[3], {info[0], info[1]},
      [=](const AbortFlag* abort) {
        std::vector<float> out(a.rows * b.rows);
        similarity_matrix(a, b, metric, out.data(), abort);
        return out;
      },
      [](Napi::Env env, std::vector<float>& out) { return ToJs(env, std::move(out)); });
}

// topK(queries: Matrix, items: Matrix, metric: Metric, k: number, exclude: Csr | null, allow: Uint8Array | null,
//      abort?): Promise<TopK>
Napi::Value TopKOf(const Napi::CallbackInfo& info) {
  const Matrix queries = MatrixOf(info[0], "queries"), items = MatrixOf(info[1], "items");
  const Metric metric = MetricOf(info[2]);
  const int64_t k = Count(info[3], "k");
  const Filter filter(info[4], info[5], queries.rows, items.rows);
  return Async<Lists>(
      info.Env(), info[6], {info[0], info[1], info[4], info[5]},
      [=](const AbortFlag* abort) {
        Lists lists(queries.rows, k);
        top_k(queries, items, metric, k, filter.checked(), lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

// topKOfScores(scores: Matrix, k: number, exclude: Csr | null, allow: Uint8Array | null, abort?): Promise<TopK>
Napi::Value TopKOfScores(const Napi::CallbackInfo& info) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const int64_t k = Count(info[1], "k");
  const Filter filter(info[2], info[3], scores.rows, scores.cols);
  return Async<Lists>(
      info.Env(), info[4], {info[0], info[2], info[3]},
      [=](const AbortFlag* abort) {
        Lists lists(scores.rows, k);
        top_k_of_scores(scores, k, filter.checked(), lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

struct Ranks {
  std::vector<int32_t> ranks, eligible;
};

// rankOfItems(scores: Matrix, wanted: Csr, exclude: Csr | null, allow: Uint8Array | null, abort?):
//   Promise<{ ranks: Int32Array, eligible: Int32Array }>
Napi::Value RankOfItems(const Napi::CallbackInfo& info) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const CsrView wanted = CsrOf(info[1], "wanted");
  const Filter filter(info[2], info[3], scores.rows, scores.cols);
  return Async<Ranks>(
      info.Env(), info[4], {info[0], info[1], info[2], info[3]},
      [=](const AbortFlag* abort) {
        check_csr(wanted, "wanted");
        Ranks out{std::vector<int32_t>(wanted.nonzeros()), std::vector<int32_t>(scores.rows)};
        rank_of_items(scores, wanted, filter.checked(), out.ranks.data(), out.eligible.data(), abort);
        return out;
      },
      [](Napi::Env env, Ranks& out) {
        auto object = Napi::Object::New(env);
        object.Set("ranks", ToJs(env, std::move(out.ranks)));
        object.Set("eligible", ToJs(env, std::move(out.eligible)));
        return object;
      });
}

}  // namespace

void ExportSimilarity(Napi::Env env, Napi::Object exports) {
  Export<SimilarityMatrix>(env, exports, "similarityMatrix");
  Export<TopKOf>(env, exports, "topK");
  Export<TopKOfScores>(env, exports, "topKOfScores");
  Export<RankOfItems>(env, exports, "rankOfItems");
}

}  // namespace kindred::bindings

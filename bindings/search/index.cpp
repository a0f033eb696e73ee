#include "kindred/search/index.h"

#include "napi/handle.h"
#include "napi/promise.h"
#include "search/index_handle.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x766563746f727321};

using Shared = std::shared_ptr<const VectorIndex>;

}  // namespace

Shared VectorIndexOf(const Napi::Value& value) { return SharedOf<VectorIndex>(value, kTag, "similarity index"); }

namespace {

Dtype DtypeOf(const Napi::Value& value) {
  return OneOf<Dtype>(value, "dtype", {{"f32", Dtype::f32}, {"bf16", Dtype::bf16}, {"int8", Dtype::i8}});
}

// vectorIndex(metric: Metric, dims: number, dtype: VectorDtype, exact: boolean): VectorIndex; an empty one
KINDRED_EXPORT(vectorIndex) {
  return WrapShared<VectorIndex>(info.Env(),
                                 std::make_shared<VectorIndex>(MetricOf(info[0]), Count(info[1], "dims"),
                                                               DtypeOf(info[2]), Flag(info[3], "exact")),
                                 kTag);
}

// vectorIndexWith(index: VectorIndex, vectors: Matrix, normalized: boolean, abort?): Promise<VectorIndex>; another
//   index with these rows appended
KINDRED_EXPORT(vectorIndexWith) {
  const Matrix vectors = MatrixOf(info[1], "vectors");
  const bool normalized = Flag(info[2], "normalized");
  return Async(
      info, 3,
      [=, index = VectorIndexOf(info[0])](const AbortFlag* abort) { return index->with(vectors, normalized, abort); },
      [](Napi::Env env, Shared& index) { return WrapShared(env, std::move(index), kTag); });
}

// vectorIndexWithout(index: VectorIndex, rows: Int32Array): VectorIndex; another index without these rows
KINDRED_EXPORT(vectorIndexWithout) {
  const auto rows = Ints(info[1], "rows");
  return WrapShared(info.Env(), VectorIndexOf(info[0])->without(rows.data, rows.size), kTag);
}

// vectorIndexSize(index: VectorIndex): { rows: number, removed: number, bytes: number }
KINDRED_EXPORT(vectorIndexSize) {
  const Shared index = VectorIndexOf(info[0]);
  return ObjectOf(info.Env(), {{"rows", ToJs(info.Env(), index->size())},
                               {"removed", ToJs(info.Env(), index->removed())},
                               {"bytes", ToJs(info.Env(), index->bytes())}});
}

// vectorIndexContents(index: VectorIndex, vectors: Float32Array, removed: Int32Array, abort?): Promise<void>; the rows
//   [rows, dims] as they are scored and the numbers of those removed, ascending, are filled
KINDRED_EXPORT(vectorIndexContents) {
  const Shared index = VectorIndexOf(info[0]);
  const auto vectors = Floats(info[1], "vectors");
  const auto removed = Ints(info[2], "removed");
  if (vectors.size != index->size() * index->dims() || removed.size != index->removed())
    fail_shape("vectors: expected " + std::to_string(index->size() * index->dims()) + " numbers and " +
               std::to_string(index->removed()) + " removed rows.");
  return Async(info, 3, [=](const AbortFlag* abort) {
    parallel_for(index->size(), 4096, abort,
                 [&](int64_t begin, int64_t end) { index->vectors(begin, end, vectors.data + begin * index->dims()); });
    int64_t n = 0;
    for (int64_t row = 0; row < index->size(); ++row)
      if (!index->has(row)) removed.data[n++] = static_cast<int32_t>(row);
  });
}

// vectorIndexRelease(index: VectorIndex): void; gives its memory back once no call under way needs it
KINDRED_EXPORT(vectorIndexRelease) {
  ReleaseShared<VectorIndex>(info[0], kTag, "similarity index");
  return info.Env().Undefined();
}

struct Search {
  explicit Search(const Napi::CallbackInfo& info)
      : index(VectorIndexOf(info[0])),
        queries(MatrixOf(info[1], "queries")),
        k(Count(info[2], "k")),
        filter(info[3], info[4], queries.rows, index->size()) {}

  Lists run(const AbortFlag* abort) const {
    Lists lists(queries.rows, k);
    index->search(queries, k, filter.checked(abort), lists.view(), abort);
    return lists;
  }

  Shared index;
  Matrix queries;
  int64_t k;
  Filter filter;
};

// vectorIndexSearch(index: VectorIndex, queries: Matrix, k: number, exclude: Csr | null, candidates: Uint8Array | null,
//   abort?): Promise<TopK>
KINDRED_EXPORT(vectorIndexSearch) {
  return Async(
      info, 5, [search = Search(info)](const AbortFlag* abort) { return search.run(abort); }, ListsToJs);
}

// vectorIndexSearchSync(index: VectorIndex, queries: Matrix, k: number, exclude: Csr | null,
//   candidates: Uint8Array | null): TopK
KINDRED_EXPORT(vectorIndexSearchSync) {
  Lists lists = Search(info).run(nullptr);
  return ListsToJs(info.Env(), lists);
}

}  // namespace

}  // namespace kindred::bindings

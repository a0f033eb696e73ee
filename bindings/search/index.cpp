#include "kindred/search/index.h"

#include "families.h"
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
  const std::string name = Text(value, "dtype");
  if (name == "f32") return Dtype::f32;
  if (name == "bf16") return Dtype::bf16;
  if (name == "int8") return Dtype::i8;
  fail_value("dtype: expected 'f32', 'bf16' or 'int8' but received '" + name + "'.");
}

// vectorIndex(metric: Metric, dims: number, dtype: VectorDtype, exact: boolean): VectorIndex; an empty one
Napi::Value MakeIndex(const Napi::CallbackInfo& info) {
  return WrapShared<VectorIndex>(info.Env(),
                                 std::make_shared<VectorIndex>(MetricOf(info[0]), Count(info[1], "dims"),
                                                               DtypeOf(info[2]), Flag(info[3], "exact")),
                                 kTag);
}

// vectorIndexWith(index: VectorIndex, vectors: Matrix, normalized: boolean, abort?): Promise<VectorIndex>; another
//   index with these rows appended
Napi::Value IndexWith(const Napi::CallbackInfo& info) {
  const Matrix vectors = MatrixOf(info[1], "vectors");
  const bool normalized = Flag(info[2], "normalized");
  return Async<Shared>(
      info.Env(), info[3], {info[1]},
      [=, index = VectorIndexOf(info[0])](const AbortFlag* abort) { return index->with(vectors, normalized, abort); },
      [](Napi::Env env, Shared& index) { return WrapShared(env, std::move(index), kTag); });
}

// vectorIndexWithout(index: VectorIndex, rows: Int32Array): VectorIndex; another index without these rows
Napi::Value IndexWithout(const Napi::CallbackInfo& info) {
  const auto rows = Ints(info[1], "rows");
  return WrapShared(info.Env(), VectorIndexOf(info[0])->without(rows.data, rows.size), kTag);
}

// vectorIndexSize(index: VectorIndex): { rows: number, removed: number, bytes: number }
Napi::Value IndexSize(const Napi::CallbackInfo& info) {
  const Shared index = VectorIndexOf(info[0]);
  auto object = Napi::Object::New(info.Env());
  object.Set("rows", Napi::Number::New(info.Env(), static_cast<double>(index->size())));
  object.Set("removed", Napi::Number::New(info.Env(), static_cast<double>(index->removed())));
  object.Set("bytes", Napi::Number::New(info.Env(), static_cast<double>(index->bytes())));
  return object;
}

// vectorIndexContents(index: VectorIndex, vectors: Float32Array, removed: Int32Array, abort?): Promise<void>; the rows
//   [rows, dims] as they are scored and the numbers of those removed, ascending, are filled
Napi::Value IndexContents(const Napi::CallbackInfo& info) {
  const Shared index = VectorIndexOf(info[0]);
  const auto vectors = Floats(info[1], "vectors");
  const auto removed = Ints(info[2], "removed");
  if (vectors.size != index->size() * index->dims() || removed.size != index->removed())
    fail_shape("vectors: expected " + std::to_string(index->size() * index->dims()) + " numbers and " +
               std::to_string(index->removed()) + " removed rows.");
  struct Nothing {};
  return Async<Nothing>(
      info.Env(), info[3], {info[1], info[2]},
      [=](const AbortFlag* abort) {
        parallel_for(index->size(), 4096, abort, [&](int64_t begin, int64_t end) {
          index->vectors(begin, end, vectors.data + begin * index->dims());
        });
        int64_t n = 0;
        for (int64_t row = 0; row < index->size(); ++row)
          if (!index->has(row)) removed.data[n++] = static_cast<int32_t>(row);
        return Nothing{};
      },
      [](Napi::Env env, Nothing&) { return env.Undefined(); });
}

// vectorIndexRelease(index: VectorIndex): void; gives its memory back once no call under way needs it
Napi::Value IndexRelease(const Napi::CallbackInfo& info) {
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
    index->search(queries, k, filter.checked(), lists.view(), abort);
    return lists;
  }

  Shared index;
  Matrix queries;
  int64_t k;
  Filter filter;
};

// vectorIndexSearch(index: VectorIndex, queries: Matrix, k: number, exclude: Csr | null, allow: Uint8Array | null,
//   abort?): Promise<TopK>
Napi::Value IndexSearch(const Napi::CallbackInfo& info) {
  return Async<Lists>(
      info.Env(), info[5], {info[1], info[3], info[4]},
      [search = Search(info)](const AbortFlag* abort) { return search.run(abort); }, ListsToJs);
}

// vectorIndexSearchSync(index: VectorIndex, queries: Matrix, k: number, exclude: Csr | null,
//   allow: Uint8Array | null): TopK
Napi::Value IndexSearchSync(const Napi::CallbackInfo& info) {
  Lists lists = Search(info).run(nullptr);
  return ListsToJs(info.Env(), lists);
}

}  // namespace

void ExportIndex(Napi::Env env, Napi::Object exports) {
  Export<MakeIndex>(env, exports, "vectorIndex");
  Export<IndexWith>(env, exports, "vectorIndexWith");
  Export<IndexWithout>(env, exports, "vectorIndexWithout");
  Export<IndexSize>(env, exports, "vectorIndexSize");
  Export<IndexContents>(env, exports, "vectorIndexContents");
  Export<IndexRelease>(env, exports, "vectorIndexRelease");
  Export<IndexSearch>(env, exports, "vectorIndexSearch");
  Export<IndexSearchSync>(env, exports, "vectorIndexSearchSync");
}

}  // namespace kindred::bindings

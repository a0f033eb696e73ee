// What the GPU computes, over handles to what lies in its memory.
#include "als/als_arguments.h"
#include "families.h"
#include "kindred/device/device_kernels.h"
#include "napi/handle.h"
#include "napi/promise.h"
#include "search/index_handle.h"
#include "search/search_arguments.h"
#include "sgd/sgd_arguments.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kMatrixTag = {0x6b696e6472656421, 0x6465766d61747269};
constexpr napi_type_tag kCsrTag = {0x6b696e6472656421, 0x6465766373722121};
constexpr napi_type_tag kIndexTag = {0x6b696e6472656421, 0x646576696e646578};

struct Nothing {};
Napi::Value NothingToJs(Napi::Env env, Nothing&) { return env.Undefined(); }

using SharedMatrix = std::shared_ptr<DeviceMatrix>;
using SharedCsr = std::shared_ptr<const DeviceCsr>;
using SharedIndex = std::shared_ptr<const DeviceIndex>;

// A handle's object is shared as const; what it stands for, on the device, may be written by one call at a time.
SharedMatrix DeviceMatrixOf(const Napi::Value& value) {
  return std::const_pointer_cast<DeviceMatrix>(SharedOf<DeviceMatrix>(value, kMatrixTag, "device matrix"));
}

Napi::Value MatrixToJs(Napi::Env env, SharedMatrix& matrix) {
  return WrapShared<DeviceMatrix>(env, std::move(matrix), kMatrixTag);
}

// deviceUpload(matrix: Matrix, abort?): Promise<DeviceMatrix>
Napi::Value Upload(const Napi::CallbackInfo& info) {
  const Matrix matrix = MatrixOf(info[0], "matrix");
  return Async<SharedMatrix>(
      info.Env(), info[1], {info[0]}, [=](const AbortFlag* abort) { return DeviceMatrix::upload(matrix, abort); },
      MatrixToJs);
}

// deviceDownload(matrix: DeviceMatrix, out: Matrix, abort?): Promise<void>; out is filled
Napi::Value Download(const Napi::CallbackInfo& info) {
  const Matrix out = MatrixOf(info[1], "out");
  return Async<Nothing>(
      info.Env(), info[2], {info[1]},
      [=, matrix = DeviceMatrixOf(info[0])](const AbortFlag* abort) {
        if (out.rows != matrix->rows()) fail_shape("out: expected as many rows as the device matrix has.");
        matrix->read(0, out, abort);
        return Nothing{};
      },
      NothingToJs);
}

// deviceNormalizeRows(matrix: DeviceMatrix, abort?): Promise<number>; in place; the number of rows of norm zero
Napi::Value NormalizeRows(const Napi::CallbackInfo& info) {
  return Async<int64_t>(
      info.Env(), info[1], {},
      [matrix = DeviceMatrixOf(info[0])](const AbortFlag*) { return matrix->normalize_rows(); },
      [](Napi::Env env, int64_t& zeros) { return Napi::Number::New(env, static_cast<double>(zeros)); });
}

// deviceGram(matrix: DeviceMatrix, abort?): Promise<{ gram: Float64Array, sums: Float64Array }>
Napi::Value GramOf(const Napi::CallbackInfo& info) {
  return Async<DeviceGram>(
      info.Env(), info[1], {},
      [matrix = DeviceMatrixOf(info[0])](const AbortFlag* abort) { return device_gram(*matrix, abort); },
      [](Napi::Env env, DeviceGram& out) {
        auto object = Napi::Object::New(env);
        object.Set("gram", ToJs(env, std::move(out.gram)));
        object.Set("sums", ToJs(env, std::move(out.sums)));
        return object;
      });
}

// deviceProject(x: DeviceMatrix, mean: Float64Array | null, components: DeviceMatrix, abort?): Promise<DeviceMatrix>
Napi::Value Project(const Napi::CallbackInfo& info) {
  const SharedMatrix x = DeviceMatrixOf(info[0]);
  const bool centred = !info[1].IsNull();
  const auto mean = centred ? Doubles(info[1], "mean") : Span<double>{};
  if (centred && mean.size != x->cols())
    fail_shape("mean: expected " + std::to_string(x->cols()) + " numbers but received " + std::to_string(mean.size) +
               ".");
  return Async<SharedMatrix>(
      info.Env(), info[3], {info[1]},
      [=, components = DeviceMatrixOf(info[2])](const AbortFlag* abort) {
        return device_project(*x, centred ? mean.data : nullptr, *components, abort);
      },
      MatrixToJs);
}

// deviceSize(matrix: DeviceMatrix): { rows: number, cols: number, bytes: number }
Napi::Value Size(const Napi::CallbackInfo& info) {
  const SharedMatrix matrix = DeviceMatrixOf(info[0]);
  auto object = Napi::Object::New(info.Env());
  object.Set("rows", static_cast<double>(matrix->rows()));
  object.Set("cols", static_cast<double>(matrix->cols()));
  object.Set("bytes", static_cast<double>(matrix->bytes()));
  return object;
}

// deviceRelease(matrix: DeviceMatrix): void; gives its memory back once no call under way needs it
Napi::Value Release(const Napi::CallbackInfo& info) {
  ReleaseShared<DeviceMatrix>(info[0], kMatrixTag, "device matrix");
  return info.Env().Undefined();
}

// deviceCsr(csr: Csr, abort?): Promise<DeviceCsr>
Napi::Value UploadCsr(const Napi::CallbackInfo& info) {
  const CsrView csr = CsrOf(info[0], "csr");
  return Async<SharedCsr>(
      info.Env(), info[1], {info[0]}, [=](const AbortFlag*) { return std::make_shared<const DeviceCsr>(csr); },
      [](Napi::Env env, SharedCsr& made) { return WrapShared(env, std::move(made), kCsrTag); });
}

// deviceCsrRelease(csr: DeviceCsr): void
Napi::Value ReleaseCsr(const Napi::CallbackInfo& info) {
  ReleaseShared<DeviceCsr>(info[0], kCsrTag, "sparse device matrix");
  return info.Env().Undefined();
}

// deviceAlsMemory(Cui: Csr, factors: number, options: AlsKernelOptions, abort?): Promise<void>; rejects with
//   ERR_OUT_OF_MEMORY if training would not fit
Napi::Value AlsMemory(const Napi::CallbackInfo& info) {
  const CsrView Cui = CsrOf(info[0], "Cui");
  const int64_t factors = Count(info[1], "factors");
  const AlsOptions options = AlsOptionsOf(info[2]);
  return Async<Nothing>(
      info.Env(), info[3], {info[0]},
      [=](const AbortFlag*) {
        require_als_memory(Cui, factors, options);
        return Nothing{};
      },
      NothingToJs);
}

// deviceAlsHalfSweep(Cui: DeviceCsr, Y: DeviceMatrix, X: DeviceMatrix, options: AlsKernelOptions, abort?):
//   Promise<void>; X is written in place
Napi::Value AlsHalfSweep(const Napi::CallbackInfo& info) {
  const AlsOptions options = AlsOptionsOf(info[3]);
  return Async<Nothing>(
      info.Env(), info[4], {},
      [=, Cui = SharedOf<DeviceCsr>(info[0], kCsrTag, "sparse device matrix"), Y = DeviceMatrixOf(info[1]),
       X = DeviceMatrixOf(info[2])](const AbortFlag* abort) {
        device_als_half_sweep(*Cui, *Y, *X, options, abort);
        return Nothing{};
      },
      NothingToJs);
}

// deviceBprMemory(log: Csr, width: number, options: SgdKernelOptions, abort?): Promise<void>; rejects with
//   ERR_OUT_OF_MEMORY if training would not fit
Napi::Value BprMemory(const Napi::CallbackInfo& info) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const int64_t width = Count(info[1], "width");
  const SgdOptions options = SgdOptionsOf(info[2], log.cols);
  return Async<Nothing>(
      info.Env(), info[3], {info[0]},
      [=](const AbortFlag*) {
        require_bpr_memory(log, width, options);
        return Nothing{};
      },
      NothingToJs);
}

// deviceBprEpoch(log: Csr, X: DeviceMatrix, Y: DeviceMatrix, itemBias: DeviceMatrix, options: SgdKernelOptions,
// abort?):
//   Promise<SgdLoss>; X, Y and itemBias [1, items] are written in place
Napi::Value BprEpoch(const Napi::CallbackInfo& info) {
  const CsrView log = WeightedCsrOf(info[0], "log");
  const SgdOptions options = SgdOptionsOf(info[4], log.cols);
  return Async<SgdLoss>(
      info.Env(), info[5], {info[0], info[4].As<Napi::Object>().Get("popularity")},
      [=, X = DeviceMatrixOf(info[1]), Y = DeviceMatrixOf(info[2]),
       item_bias = DeviceMatrixOf(info[3])](const AbortFlag* abort) {
        check_csr(log, "log");
        return device_bpr_epoch(log, *X, *Y, *item_bias, options, abort);
      },
      SgdLossToJs);
}

// deviceInvert(a: Matrix, abort?): Promise<void>; a [n, n] in place, as invertPivots leaves it when all are done
Napi::Value Invert(const Napi::CallbackInfo& info) {
  const Matrix a = MatrixOf(info[0], "a");
  return Async<Nothing>(
      info.Env(), info[1], {info[0]},
      [=](const AbortFlag* abort) {
        device_invert(a, abort);
        return Nothing{};
      },
      NothingToJs);
}

struct PoolingInput {
  // states: DeviceMatrix [batch * tokens, dims], mask: Uint8Array [batch, tokens], batch, tokens, queries: Matrix
  //   [heads, dims]
  explicit PoolingInput(const Napi::CallbackInfo& info) : queries(MatrixOf(info[4], "queries")) {
    const auto mask = Bytes(info[1], "mask");
    in = {DeviceMatrixOf(info[0]), mask.data, Count(info[2], "batch"), Count(info[3], "tokens")};
    if (mask.size != in.batch * in.tokens)
      fail_shape("mask: expected [" + std::to_string(in.batch) + ", " + std::to_string(in.tokens) +
                 "] numbers but received " + std::to_string(mask.size) + ".");
  }

  DeviceTokenStates in;
  Matrix queries;
};

// deviceAttentionPool(states, mask, batch, tokens, queries, abort?): Promise<DeviceMatrix> [batch, dims]
Napi::Value AttentionPool(const Napi::CallbackInfo& info) {
  return Async<SharedMatrix>(
      info.Env(), info[5], {info[1], info[4]},
      [pooling = PoolingInput(info)](const AbortFlag* abort) {
        return device_attention_pool(pooling.in, pooling.queries, abort);
      },
      MatrixToJs);
}

// deviceAttentionPoolBackward(states, mask, batch, tokens, queries, dOut: DeviceMatrix [batch, dims], abort?):
//   Promise<{ queries: Float32Array, states: DeviceMatrix }>
Napi::Value AttentionPoolBackward(const Napi::CallbackInfo& info) {
  return Async<DeviceGradients>(
      info.Env(), info[6], {info[1], info[4]},
      [pooling = PoolingInput(info), d_out = DeviceMatrixOf(info[5])](const AbortFlag* abort) {
        return device_attention_pool_backward(pooling.in, pooling.queries, *d_out, abort);
      },
      [](Napi::Env env, DeviceGradients& out) {
        auto object = Napi::Object::New(env);
        object.Set("queries", ToJs(env, std::move(out.queries)));
        object.Set("states", MatrixToJs(env, out.states));
        return object;
      });
}

SharedIndex DeviceIndexOf(const Napi::Value& value) { return SharedOf<DeviceIndex>(value, kIndexTag, "device index"); }

Napi::Value IndexToJs(Napi::Env env, SharedIndex& made) { return WrapShared(env, std::move(made), kIndexTag); }

// deviceIndex(index: VectorIndex, tf32: boolean, abort?): Promise<DeviceIndex>; its vectors on the device
Napi::Value MakeIndex(const Napi::CallbackInfo& info) {
  return Async<SharedIndex>(
      info.Env(), info[2], {},
      [index = VectorIndexOf(info[0]), tf32 = Flag(info[1], "tf32")](const AbortFlag* abort) {
        return std::make_shared<const DeviceIndex>(index, tf32, abort);
      },
      IndexToJs);
}

// deviceIndexOf(deviceIndex: DeviceIndex, index: VectorIndex, abort?): Promise<DeviceIndex>; the same vectors for an
//   index of which others were removed
Napi::Value IndexOfOther(const Napi::CallbackInfo& info) {
  return Async<SharedIndex>(
      info.Env(), info[2], {},
      [former = DeviceIndexOf(info[0]), index = VectorIndexOf(info[1])](const AbortFlag*) { return former->of(index); },
      IndexToJs);
}

// deviceIndexRelease(deviceIndex: DeviceIndex): void
Napi::Value IndexRelease(const Napi::CallbackInfo& info) {
  ReleaseShared<DeviceIndex>(info[0], kIndexTag, "device index");
  return info.Env().Undefined();
}

// deviceIndexSearch(deviceIndex: DeviceIndex, queries: Matrix | DeviceMatrix, k: number, exclude: Csr | null,
//   allow: Uint8Array | null, abort?): Promise<TopK>
Napi::Value IndexSearch(const Napi::CallbackInfo& info) {
  const SharedIndex index = DeviceIndexOf(info[0]);
  const bool on_device = info[1].IsObject() && info[1].As<Napi::Object>().CheckTypeTag(&kMatrixTag);
  const SharedMatrix device_queries = on_device ? DeviceMatrixOf(info[1]) : nullptr;
  const Matrix queries = on_device ? Matrix{} : MatrixOf(info[1], "queries");
  const int64_t count = on_device ? device_queries->rows() : queries.rows, k = Count(info[2], "k");
  const Filter filter(info[3], info[4], count, index->rows());
  return Async<Lists>(
      info.Env(), info[5], {info[1], info[3], info[4]},
      [=](const AbortFlag* abort) {
        Lists lists(count, k);
        const ItemFilter checked = filter.checked();
        if (device_queries)
          index->search(*device_queries, k, checked, lists.view(), abort);
        else
          index->search(queries, k, checked, lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

}  // namespace

void ExportCuda(Napi::Env env, Napi::Object exports) {
  Export<Upload>(env, exports, "deviceUpload");
  Export<Download>(env, exports, "deviceDownload");
  Export<NormalizeRows>(env, exports, "deviceNormalizeRows");
  Export<GramOf>(env, exports, "deviceGram");
  Export<Project>(env, exports, "deviceProject");
  Export<Size>(env, exports, "deviceSize");
  Export<Release>(env, exports, "deviceRelease");
  Export<UploadCsr>(env, exports, "deviceCsr");
  Export<ReleaseCsr>(env, exports, "deviceCsrRelease");
  Export<AlsMemory>(env, exports, "deviceAlsMemory");
  Export<AlsHalfSweep>(env, exports, "deviceAlsHalfSweep");
  Export<BprMemory>(env, exports, "deviceBprMemory");
  Export<BprEpoch>(env, exports, "deviceBprEpoch");
  Export<Invert>(env, exports, "deviceInvert");
  Export<AttentionPool>(env, exports, "deviceAttentionPool");
  Export<AttentionPoolBackward>(env, exports, "deviceAttentionPoolBackward");
  Export<MakeIndex>(env, exports, "deviceIndex");
  Export<IndexOfOther>(env, exports, "deviceIndexOf");
  Export<IndexRelease>(env, exports, "deviceIndexRelease");
  Export<IndexSearch>(env, exports, "deviceIndexSearch");
}

}  // namespace kindred::bindings

// Search on the GPU.
#include "device/handles.h"
#include "kindred/device/device_kernels.h"
#include "napi/promise.h"
#include "search/index_handle.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x646576696e646578};

using SharedIndex = std::shared_ptr<const DeviceIndex>;

SharedIndex DeviceIndexOf(const Napi::Value& value) { return SharedOf<DeviceIndex>(value, kTag, "device index"); }

Napi::Value IndexToJs(Napi::Env env, SharedIndex& made) { return WrapShared(env, std::move(made), kTag); }

// deviceIndex(index: VectorIndex, tf32: boolean, abort?): Promise<DeviceIndex>; its vectors on the device
KINDRED_EXPORT(deviceIndex) {
  return Async(
      info, 2,
      [index = VectorIndexOf(info[0]), tf32 = Flag(info[1], "tf32")](const AbortFlag* abort) {
        return std::make_shared<const DeviceIndex>(index, tf32, abort);
      },
      IndexToJs);
}

// deviceIndexOf(deviceIndex: DeviceIndex, index: VectorIndex, abort?): Promise<DeviceIndex>; the same vectors for an
//   index of which others were removed
KINDRED_EXPORT(deviceIndexOf) {
  return Async(
      info, 2,
      [former = DeviceIndexOf(info[0]), index = VectorIndexOf(info[1])](const AbortFlag*) { return former->of(index); },
      IndexToJs);
}

// deviceIndexRelease(deviceIndex: DeviceIndex): void
KINDRED_EXPORT(deviceIndexRelease) {
  ReleaseShared<DeviceIndex>(info[0], kTag, "device index");
  return info.Env().Undefined();
}

// deviceIndexSearch(deviceIndex: DeviceIndex, queries: Matrix | DeviceMatrix, k: number, exclude: Csr | null,
//   candidates: Uint8Array | null, abort?): Promise<TopK>
KINDRED_EXPORT(deviceIndexSearch) {
  const SharedIndex index = DeviceIndexOf(info[0]);
  const bool on_device = info[1].IsObject() && info[1].As<Napi::Object>().CheckTypeTag(&kDeviceMatrixTag);
  const SharedMatrix device_queries = on_device ? DeviceMatrixOf(info[1]) : nullptr;
  const Matrix queries = on_device ? Matrix{} : MatrixOf(info[1], "queries");
  const int64_t count = on_device ? device_queries->rows() : queries.rows, k = Count(info[2], "k");
  const Filter filter(info[3], info[4], count, index->rows());
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        Lists lists(count, k);
        const ItemFilter checked = filter.checked(abort);
        if (device_queries)
          index->search(*device_queries, k, checked, lists.view(), abort);
        else
          index->search(queries, k, checked, lists.view(), abort);
        return lists;
      },
      ListsToJs);
}

}  // namespace

}  // namespace kindred::bindings

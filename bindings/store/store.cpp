#include <cstdlib>
#include <memory>

#include "kindred/store/checksum.h"
#include "kindred/store/value_store.h"
#include "napi/arguments.h"
#include "napi/exported.h"
#include "napi/handle.h"
#include "napi/strings.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x76616c756573746f};
constexpr const char* kWhat = "store of values";

// V8 is told of so many bytes at once.
constexpr int64_t kReportedAtOnce = 1 << 16;

struct StoreHandle {
  std::unique_ptr<ValueStore> store;
  int64_t bytes() const { return store->bytes(); }
};

ValueStore& StoreOf(const Napi::Value& value) { return *SharedOf<StoreHandle>(value, kTag, kWhat)->store; }

void ReportBytes(const Napi::Value& value) {
  auto& held = HeldOf<StoreHandle>(value, kTag, kWhat);
  const int64_t bytes = held.shared->bytes();
  if (std::abs(bytes - held.bytes) < kReportedAtOnce) return;
  Napi::MemoryManagement::AdjustExternalMemory(value.Env(), bytes - held.bytes);
  held.bytes = bytes;
}

std::string_view KeyOf(const Strings& keys, int64_t i) {
  return {keys.utf8.data() + keys.offsets[i], static_cast<size_t>(keys.offsets[i + 1] - keys.offsets[i])};
}

// [count + 1] places in an array of `size` bytes, rising.
Span<int32_t> OffsetsIn(const Napi::Value& value, int64_t count, int64_t size) {
  const auto offsets = Ints(value, "offsets");
  if (offsets.size != count + 1) fail_shape("offsets: expected one number per key and one more.");
  for (int64_t i = 0; i <= count; ++i)
    if (offsets.data[i] < (i == 0 ? 0 : offsets.data[i - 1]) || offsets.data[i] > size)
      fail_shape("offsets: expected places in the bytes, in order.");
  return offsets;
}

// valueStore(maxBytes: number): ValueStoreHandle; empty
KINDRED_EXPORT(valueStore) {
  const auto bytes = static_cast<int64_t>(Whole(info[0], "maxBytes"));
  return WrapShared<StoreHandle>(
      info.Env(), std::make_shared<const StoreHandle>(StoreHandle{std::make_unique<ValueStore>(bytes)}), kTag);
}

// valueStorePut(store: ValueStoreHandle, keys: readonly string[], bytes: Uint8Array, offsets: Int32Array,
//   orders: Float64Array, expires: Float64Array): number; how many were kept
KINDRED_EXPORT(valueStorePut) {
  ValueStore& store = StoreOf(info[0]);
  const Strings keys = StringsOf(info[1], "keys");
  const int64_t count = keys.count();
  const auto bytes = Bytes(info[2], "bytes");
  const auto offsets = OffsetsIn(info[3], count, bytes.size);
  const auto orders = Doubles(info[4], "orders"), expires = Doubles(info[5], "expires");
  if (orders.size != count || expires.size != count) fail_shape("valueStorePut: expected one number per key.");
  const auto value = [&](int64_t i) -> std::string_view {
    return {reinterpret_cast<const char*>(bytes.data) + offsets.data[i],
            static_cast<size_t>(offsets.data[i + 1] - offsets.data[i])};
  };
  for (int64_t i = 0; i < count; ++i) store.check(KeyOf(keys, i), value(i));
  int64_t kept = 0;
  for (int64_t i = 0; i < count; ++i) kept += store.put({KeyOf(keys, i), value(i), orders.data[i], expires.data[i]});
  ReportBytes(info[0]);
  return ToJs(info.Env(), kept);
}

// valueStoreGet(store: ValueStoreHandle, keys: readonly string[], now: number, out: Uint8Array, offsets: Int32Array,
//   sizes: Int32Array): void; sizes [keys], -1 for none, -2 for one that has expired. A value goes to its place in out
//   where it has the size of that place.
KINDRED_EXPORT(valueStoreGet) {
  ValueStore& store = StoreOf(info[0]);
  const Strings keys = StringsOf(info[1], "keys");
  const int64_t count = keys.count();
  const double now = Number(info[2], "now");
  const auto out = Bytes(info[3], "out");
  const auto offsets = OffsetsIn(info[4], count, out.size);
  const auto sizes = Ints(info[5], "sizes");
  if (sizes.size != count) fail_shape("sizes: expected one number per key.");
  for (int64_t i = 0; i < count; ++i) {
    const int32_t begin = offsets.data[i];
    sizes.data[i] = static_cast<int32_t>(store.get(KeyOf(keys, i), now, out.data + begin, offsets.data[i + 1] - begin));
  }
  ReportBytes(info[0]);
  return info.Env().Undefined();
}

// valueStoreDelete(store: ValueStoreHandle, keys: readonly string[]): number; how many there were
KINDRED_EXPORT(valueStoreDelete) {
  ValueStore& store = StoreOf(info[0]);
  const Strings keys = StringsOf(info[1], "keys");
  int64_t removed = 0;
  for (int64_t i = 0; i < keys.count(); ++i) removed += store.remove(KeyOf(keys, i));
  ReportBytes(info[0]);
  return ToJs(info.Env(), removed);
}

// valueStoreStatistics(store: ValueStoreHandle): StoreStatistics
KINDRED_EXPORT(valueStoreStatistics) {
  const StoreStatistics now = StoreOf(info[0]).statistics();
  const Napi::Env env = info.Env();
  return ObjectOf(env, {{"entries", ToJs(env, now.entries)},
                        {"bytes", ToJs(env, now.bytes)},
                        {"hits", ToJs(env, now.hits)},
                        {"misses", ToJs(env, now.misses)},
                        {"expiries", ToJs(env, now.expiries)},
                        {"evictions", ToJs(env, now.evictions)},
                        {"refused", ToJs(env, now.refused)}});
}

// valueStoreDispose(store: ValueStoreHandle): void; frees it now
KINDRED_EXPORT(valueStoreDispose) {
  ReleaseShared<StoreHandle>(info[0], kTag, kWhat);
  return info.Env().Undefined();
}

// valueChecksum(bytes: Uint8Array, begin: number, end: number, before: number): number; CRC-32C of [begin, end), after
//   what `before` is that of
KINDRED_EXPORT(valueChecksum) {
  const auto bytes = Bytes(info[0], "bytes");
  const int64_t begin = Count(info[1], "begin"), end = Count(info[2], "end");
  const uint64_t before = Whole(info[3], "before");
  if (begin > end || end > bytes.size) fail_shape("valueChecksum: expected a range of the bytes.");
  if (before > UINT32_MAX) fail_value("before: expected a checksum.");
  return ToJs(info.Env(), static_cast<double>(crc32c(bytes.data + begin, end - begin, static_cast<uint32_t>(before))));
}

}  // namespace

}  // namespace kindred::bindings

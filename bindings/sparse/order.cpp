#include "kindred/sparse/order.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// null, or as many places as there are rows or columns.
Span<int32_t> PlacesOrNull(const Napi::Value& value, int64_t count, const char* name) {
  if (value.IsNull()) return {};
  const auto places = Ints(value, name);
  if (places.size != count)
    fail_shape(std::string(name) + ": expected " + std::to_string(count) + " places but received " +
               std::to_string(places.size) + ".");
  return places;
}

// orderOfKeys(keys: Float64Array, abort?: AbortFlag): Promise<Int32Array> [keys.length]
KINDRED_EXPORT(orderOfKeys) {
  const auto keys = Doubles(info[0], "keys");
  return Async(info, 1, [=](const AbortFlag* abort) { return order_of_keys(keys.data, keys.size, abort); });
}

// csrReorder(csr: Csr, rowOrder: Int32Array | null, columnPlaces: Int32Array | null, abort?: AbortFlag): Promise<Csr>
KINDRED_EXPORT(csrReorder) {
  const CsrView csr = CsrOf(info[0], "csr");
  const bool has_values = info[0].As<Napi::Object>().Get("values").IsTypedArray();  // empty ones too
  const auto rows = PlacesOrNull(info[1], csr.rows, "rowOrder"), cols = PlacesOrNull(info[2], csr.cols, "columnPlaces");
  const bool order_rows = !info[1].IsNull(), order_cols = !info[2].IsNull();
  return Async(
      info, 3,
      [=](const AbortFlag* abort) {
        check_csr(csr, "csr", abort);
        return reorder(csr, order_rows ? rows.data : nullptr, order_cols ? cols.data : nullptr, abort);
      },
      [=](Napi::Env env, Csr& out) { return ToJs(env, std::move(out), has_values); });
}

// reorderSquare(matrix: Matrix, order: Int32Array, abort?: AbortFlag): Promise<void>; matrix in place
KINDRED_EXPORT(reorderSquare) {
  const Matrix matrix = MatrixOf(info[0], "matrix");
  const auto order = Ints(info[1], "order");
  if (order.size != matrix.rows) fail_shape("order: expected as many places as the matrix has rows.");
  return Async(info, 2, [=](const AbortFlag* abort) { reorder_square(matrix, order.data, abort); });
}

}  // namespace

}  // namespace kindred::bindings

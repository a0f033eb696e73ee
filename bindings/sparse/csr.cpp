#include "kindred/sparse/csr.h"

#include <memory>

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// csrFromPairs(rowOf: Int32Array, colOf: Int32Array, values: Float32Array | null, rows: number, cols: number,
//              abort?: AbortFlag): Promise<Csr>
KINDRED_EXPORT(csrFromPairs) {
  const auto row_of = Ints(info[0], "rowOf"), col_of = Ints(info[1], "colOf");
  const auto values = info[2].IsNull() ? Span<float>{} : Floats(info[2], "values");
  const bool has_values = !info[2].IsNull();
  const int64_t rows = Count(info[3], "rows"), cols = Count(info[4], "cols");
  if (row_of.size != col_of.size || (has_values && values.size != row_of.size))
    fail_shape("csrFromPairs: rowOf, colOf and values differ in length.");
  return Async(
      info, 5,
      [=](const AbortFlag* abort) {
        return csr_from_pairs(row_of.data, col_of.data, values.data, row_of.size, rows, cols, abort);
      },
      [=](Napi::Env env, Csr& csr) { return ToJs(env, std::move(csr), has_values); });
}

// csrTranspose(csr: Csr, abort?: AbortFlag): Promise<Csr>
KINDRED_EXPORT(csrTranspose) {
  const CsrView csr = CsrOf(info[0], "csr");
  const bool has_values = info[0].As<Napi::Object>().Get("values").IsTypedArray();  // empty ones too
  return Async(
      info, 1,
      [=](const AbortFlag* abort) {
        check_csr(csr, "csr", abort);
        return transpose(csr, abort);
      },
      [=](Napi::Env env, Csr& out) { return ToJs(env, std::move(out), has_values); });
}

// csrMultiply(csr: Csr, dense: Matrix, abort?): Promise<Float32Array> [csr.rows, dense.cols]
KINDRED_EXPORT(csrMultiply) {
  const CsrView csr = CsrOf(info[0], "csr");
  const Matrix dense = MatrixOf(info[1], "dense");
  return Async(info, 2, [=](const AbortFlag* abort) {
    check_csr(csr, "csr", abort);
    std::vector<float> out(csr.rows * dense.cols);
    multiply(csr, dense, out.data(), abort);
    return out;
  });
}

// csrMultiplySparse(a: Csr, b: Csr, abort?): Promise<Float32Array> [a.rows, b.cols]
KINDRED_EXPORT(csrMultiplySparse) {
  const CsrView a = CsrOf(info[0], "a"), b = CsrOf(info[1], "b");
  return Async(info, 2, [=](const AbortFlag* abort) {
    check_csr(a, "a", abort);
    check_csr_factor(a, b, "b", abort);
    std::vector<float> out(a.rows * b.cols);
    multiply(a, b, out.data(), abort);
    return out;
  });
}

}  // namespace

}  // namespace kindred::bindings

#include "kindred/linalg/rows.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// mapRows(x: Matrix, weights: Matrix, bias: Float32Array, out: Matrix, abort?): Promise<void>; out
//   [x.rows, weights.cols] = x weights + bias
KINDRED_EXPORT(mapRows) {
  const Matrix x = MatrixOf(info[0], "x"), weights = MatrixOf(info[1], "weights"), out = MatrixOf(info[3], "out");
  const auto bias = Floats(info[2], "bias");
  if (bias.size != weights.cols) fail_shape("bias: expected one number per column of the weights.");
  return Async(info, 4, [=](const AbortFlag* abort) { map_rows(x, weights, bias.data, out, abort); });
}

// fuseRows(out: Matrix, from: Matrix, places: Int32Array, scales: Float32Array, absent: Float32Array | null,
//          column: number, normalize: boolean, add: boolean, abort?): Promise<number>
KINDRED_EXPORT(fuseRows) {
  const Matrix out = MatrixOf(info[0], "out"), from = MatrixOf(info[1], "from");
  const auto places = Ints(info[2], "places");
  const auto scales = Floats(info[3], "scales");
  const auto absent = info[4].IsNull() ? Span<float>{} : Floats(info[4], "absent");
  if (places.size != out.rows || scales.size != out.rows || (!info[4].IsNull() && absent.size != from.cols))
    fail_shape("fuseRows: expected one place and one scale per row, and as many absent numbers as columns.");
  const FusedRows rows{from,
                       places.data,
                       scales.data,
                       absent.data,
                       Count(info[5], "column"),
                       Flag(info[6], "normalize"),
                       Flag(info[7], "add")};
  return Async(info, 8, [=](const AbortFlag* abort) { return fuse_rows(rows, out, abort); });
}

// meanOfRows(x: Matrix, normalize: boolean, abort?): Promise<Float32Array> [x.cols]
KINDRED_EXPORT(meanOfRows) {
  const Matrix x = MatrixOf(info[0], "x");
  const bool normalize = Flag(info[1], "normalize");
  return Async(info, 2, [=](const AbortFlag* abort) { return mean_of_rows(x, normalize, abort); });
}

}  // namespace

}  // namespace kindred::bindings

// Matrices on the GPU, and what is made of them there.
#include "device/handles.h"
#include "kindred/device/device_kernels.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// deviceUpload(matrix: Matrix, abort?): Promise<DeviceMatrix>
KINDRED_EXPORT(deviceUpload) {
  const Matrix matrix = MatrixOf(info[0], "matrix");
  return Async(
      info, 1, [=](const AbortFlag* abort) { return DeviceMatrix::upload(matrix, abort); }, DeviceMatrixToJs);
}

// deviceDownload(matrix: DeviceMatrix, out: Matrix, abort?): Promise<void>; out is filled
KINDRED_EXPORT(deviceDownload) {
  const Matrix out = MatrixOf(info[1], "out");
  return Async(info, 2, [=, matrix = DeviceMatrixOf(info[0])](const AbortFlag* abort) {
    if (out.rows != matrix->rows()) fail_shape("out: expected as many rows as the device matrix has.");
    matrix->read(0, out, abort);
  });
}

// deviceNormalizeRows(matrix: DeviceMatrix, abort?): Promise<number>; in place; the number of rows of norm zero
KINDRED_EXPORT(deviceNormalizeRows) {
  return Async(info, 1, [matrix = DeviceMatrixOf(info[0])](const AbortFlag*) { return matrix->normalize_rows(); });
}

// deviceGram(matrix: DeviceMatrix, abort?): Promise<{ gram: Float64Array, sums: Float64Array }>
KINDRED_EXPORT(deviceGram) {
  return Async(
      info, 1, [matrix = DeviceMatrixOf(info[0])](const AbortFlag* abort) { return device_gram(*matrix, abort); },
      [](Napi::Env env, DeviceGram& out) {
        return ObjectOf(env, {{"gram", ToJs(env, std::move(out.gram))}, {"sums", ToJs(env, std::move(out.sums))}});
      });
}

// deviceProject(x: DeviceMatrix, mean: Float64Array | null, components: DeviceMatrix, abort?): Promise<DeviceMatrix>
KINDRED_EXPORT(deviceProject) {
  const SharedMatrix x = DeviceMatrixOf(info[0]);
  const bool centred = !info[1].IsNull();
  const auto mean = centred ? Doubles(info[1], "mean") : Span<double>{};
  if (centred && mean.size != x->cols())
    fail_shape("mean: expected " + std::to_string(x->cols()) + " numbers but received " + std::to_string(mean.size) +
               ".");
  return Async(
      info, 3,
      [=, components = DeviceMatrixOf(info[2])](const AbortFlag* abort) {
        return device_project(*x, centred ? mean.data : nullptr, *components, abort);
      },
      DeviceMatrixToJs);
}

// deviceSize(matrix: DeviceMatrix): { rows: number, cols: number, bytes: number }
KINDRED_EXPORT(deviceSize) {
  const SharedMatrix matrix = DeviceMatrixOf(info[0]);
  return ObjectOf(info.Env(), {{"rows", ToJs(info.Env(), matrix->rows())},
                               {"cols", ToJs(info.Env(), matrix->cols())},
                               {"bytes", ToJs(info.Env(), matrix->bytes())}});
}

// deviceRelease(matrix: DeviceMatrix): void; gives its memory back once no call under way needs it
KINDRED_EXPORT(deviceRelease) {
  ReleaseShared<DeviceMatrix>(info[0], kDeviceMatrixTag, "device matrix");
  return info.Env().Undefined();
}

// deviceCsr(csr: Csr, abort?): Promise<DeviceCsr>
KINDRED_EXPORT(deviceCsr) {
  const CsrView csr = CsrOf(info[0], "csr");
  return Async(
      info, 1, [=](const AbortFlag*) { return std::make_shared<const DeviceCsr>(csr); },
      [](Napi::Env env, SharedCsr& made) { return WrapShared(env, std::move(made), kDeviceCsrTag); });
}

// deviceCsrRelease(csr: DeviceCsr): void
KINDRED_EXPORT(deviceCsrRelease) {
  ReleaseShared<DeviceCsr>(info[0], kDeviceCsrTag, "sparse device matrix");
  return info.Env().Undefined();
}

}  // namespace

}  // namespace kindred::bindings

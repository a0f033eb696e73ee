#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

std::string check(const DeviceTokenStates& in, ConstMatrix queries, bool backward) {
  const DeviceMatrix& states = *in.states;
  if (states.rows() != in.batch * in.tokens || states.cols() != queries.cols)
    fail_shape("states: expected " + shape_of(in.batch * in.tokens, queries.cols) + " on the device but received " +
               shape_of(states.rows(), states.cols()) + ".");
  const std::string what = "attention pooling of [" + std::to_string(in.batch) + ", " + std::to_string(in.tokens) +
                           ", " + std::to_string(queries.cols) + "] with " + std::to_string(queries.rows) + " heads";
  Gpu& device = gpu();
  device.bytes(what, device.table().pooling_bytes, in.batch, in.tokens, queries.cols, queries.rows, backward);
  return what;
}

}  // namespace

std::shared_ptr<DeviceMatrix> device_attention_pool(const DeviceTokenStates& in, ConstMatrix queries,
                                                    const AbortFlag* abort) {
  const std::string what = check(in, queries, false);
  Gpu& device = gpu();
  const auto heads = DeviceMatrix::upload(queries, abort);
  auto out = std::make_shared<DeviceMatrix>(in.batch, queries.cols);
  device.call(what, device.table().attention_pool, in.states->get(), in.mask, in.batch, in.tokens, heads->get(),
              out->get(), cancel_of(abort));
  return out;
}

DeviceGradients device_attention_pool_backward(const DeviceTokenStates& in, ConstMatrix queries,
                                               const DeviceMatrix& d_out, const AbortFlag* abort) {
  if (d_out.rows() != in.batch || d_out.cols() != queries.cols)
    fail_shape("dOut: expected " + shape_of(in.batch, queries.cols) + " on the device but received " +
               shape_of(d_out.rows(), d_out.cols()) + ".");
  const std::string what = check(in, queries, true);
  Gpu& device = gpu();
  const auto heads = DeviceMatrix::upload(queries, abort);
  DeviceMatrix d_queries(queries.rows, queries.cols);
  DeviceGradients out{std::vector<float>(queries.rows * queries.cols),
                      std::make_shared<DeviceMatrix>(in.states->rows(), in.states->cols())};
  device.call(what, device.table().attention_pool_backward, in.states->get(), in.mask, in.batch, in.tokens,
              heads->get(), d_out.get(), d_queries.get(), out.states->get(), cancel_of(abort));
  d_queries.read(0, {out.queries.data(), queries.rows, queries.cols}, abort);
  return out;
}

}  // namespace kindred

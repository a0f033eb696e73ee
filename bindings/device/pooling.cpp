// Attention pooling on the GPU.
#include "device/handles.h"
#include "kindred/device/device_kernels.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

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
KINDRED_EXPORT(deviceAttentionPool) {
  return Async(
      info, 5,
      [pooling = PoolingInput(info)](const AbortFlag* abort) {
        return device_attention_pool(pooling.in, pooling.queries, abort);
      },
      DeviceMatrixToJs);
}

// deviceAttentionPoolBackward(states, mask, batch, tokens, queries, dOut: DeviceMatrix [batch, dims], abort?):
//   Promise<{ queries: Float32Array, states: DeviceMatrix }>
KINDRED_EXPORT(deviceAttentionPoolBackward) {
  return Async(
      info, 6,
      [pooling = PoolingInput(info), d_out = DeviceMatrixOf(info[5])](const AbortFlag* abort) {
        return device_attention_pool_backward(pooling.in, pooling.queries, *d_out, abort);
      },
      [](Napi::Env env, DeviceGradients& out) {
        return ObjectOf(
            env, {{"queries", ToJs(env, std::move(out.queries))}, {"states", DeviceMatrixToJs(env, out.states)}});
      });
}

}  // namespace

}  // namespace kindred::bindings

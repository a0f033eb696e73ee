#include "kindred/pooling/pooling.h"

#include "kindred/linalg/normalize.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

Pooling PoolingOf(const Napi::Value& value) {
  return OneOf<Pooling>(value, "pooling", {{"cls", Pooling::cls}, {"mean", Pooling::mean}, {"max", Pooling::max}});
}

// states: Float32Array [batch, tokens, dims], mask: Uint8Array [batch, tokens]
TokenStates StatesOf(const Napi::CallbackInfo& info) {
  const auto states = Floats(info[0], "states");
  const auto mask = Bytes(info[1], "mask");
  const int64_t batch = Count(info[2], "batch"), tokens = Count(info[3], "tokens"), dims = Count(info[4], "dims");
  if (dims < 1 || mask.size != batch * tokens || states.size % dims != 0 || states.size / dims != mask.size)
    fail_shape("states: expected [" + std::to_string(batch) + ", " + std::to_string(tokens) + ", " +
               std::to_string(dims) + "] numbers and a mask of the first two but received " +
               std::to_string(states.size) + " and " + std::to_string(mask.size) + ".");
  return {states.data, mask.data, batch, tokens, dims};
}

// pool(states, mask, batch, tokens, dims, pooling: 'cls' | 'mean' | 'max', abort?): Promise<Float32Array>
KINDRED_EXPORT(pool) {
  const TokenStates in = StatesOf(info);
  const Pooling pooling = PoolingOf(info[5]);
  return Async(info, 6, [=](const AbortFlag* abort) {
    std::vector<float> out(in.batch * in.dims);
    pool(in, pooling, out.data(), abort);
    return out;
  });
}

struct Heads {
  const float* queries;
  int64_t count;
};

// queries: Float32Array [heads, dims]
Heads HeadsOf(const Napi::Value& value, int64_t dims) {
  const auto queries = Floats(value, "queries");
  if (queries.size == 0 || queries.size % dims != 0)
    fail_shape("queries: expected [heads, " + std::to_string(dims) + "] numbers but received " +
               std::to_string(queries.size) + ".");
  return {queries.data, queries.size / dims};
}

// attentionPool(states, mask, batch, tokens, dims, queries, abort?): Promise<Float32Array>
KINDRED_EXPORT(attentionPool) {
  const TokenStates in = StatesOf(info);
  const Heads heads = HeadsOf(info[5], in.dims);
  return Async(info, 6, [=](const AbortFlag* abort) {
    std::vector<float> out(in.batch * in.dims);
    attention_pool(in, heads.queries, heads.count, out.data(), abort);
    return out;
  });
}

struct Gradients {
  std::vector<float> queries, states;
};

// attentionPoolBackward(states, mask, batch, tokens, dims, queries, dOut: Float32Array [batch, dims], abort?):
//   Promise<{ queries: Float32Array, states: Float32Array }>
KINDRED_EXPORT(attentionPoolBackward) {
  const TokenStates in = StatesOf(info);
  const Heads heads = HeadsOf(info[5], in.dims);
  const auto d_out = Floats(info[6], "dOut");
  if (d_out.size != in.batch * in.dims) fail_shape("dOut: expected one number per output.");
  return Async(
      info, 7,
      [=](const AbortFlag* abort) {
        Gradients out{std::vector<float>(heads.count * in.dims), std::vector<float>(in.batch * in.tokens * in.dims)};
        attention_pool_backward(in, heads.queries, heads.count, d_out.data, out.queries.data(), out.states.data(),
                                abort);
        return out;
      },
      [](Napi::Env env, Gradients& out) {
        return ObjectOf(env,
                        {{"queries", ToJs(env, std::move(out.queries))}, {"states", ToJs(env, std::move(out.states))}});
      });
}

// normalizeRows(matrix: Matrix, abort?): Promise<number>, in place; the number of rows of norm zero
KINDRED_EXPORT(normalizeRows) {
  const Matrix matrix = MatrixOf(info[0], "matrix");
  return Async(info, 1, [=](const AbortFlag* abort) { return normalize_rows(matrix, abort); });
}

}  // namespace

}  // namespace kindred::bindings

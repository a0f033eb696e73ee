#include "kindred/encode/encoder.h"

#include "napi/handle.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kEncoderTag = {0x6b696e6472656421, 0x656e636f64657221};

// Weights are written before anything else may use it.
struct EncoderHandle {
  std::unique_ptr<encode::Encoder> encoder;
  int64_t bytes() const { return encoder->bytes(); }
};

std::shared_ptr<const EncoderHandle> EncoderOf(const Napi::Value& value) {
  return SharedOf<EncoderHandle>(value, kEncoderTag, "encoder");
}

std::vector<int64_t> ListOf(const Napi::Object& object, const char* name) {
  const auto ints = Ints(object.Get(name), name);
  return {ints.data, ints.data + ints.size};
}

encode::EncoderShape ShapeOf(const Napi::Value& value) {
  const Napi::Object of = ObjectIn(value, "shape");
  using nn::Activation;
  encode::EncoderShape shape;
  shape.vocabulary = Count(of.Get("vocabulary"), "vocabulary");
  shape.positions = Count(of.Get("positions"), "positions");
  shape.types = Count(of.Get("types"), "types");
  shape.dims = Count(of.Get("dims"), "dims");
  shape.table_dims = Count(of.Get("tableDims"), "tableDims");
  shape.inner = Count(of.Get("inner"), "inner");
  shape.heads = Count(of.Get("heads"), "heads");
  shape.layer_heads = ListOf(of, "layerHeads");
  shape.order = ListOf(of, "order");
  shape.distance_buckets = Count(of.Get("distanceBuckets"), "distanceBuckets");
  shape.activation = OneOf<Activation>(of.Get("activation"), "activation",
                                       {{"relu", Activation::relu},
                                        {"gelu", Activation::gelu},
                                        {"gelu-tanh", Activation::gelu_tanh},
                                        {"tanh", Activation::tanh},
                                        {"sigmoid", Activation::sigmoid},
                                        {"silu", Activation::silu}});
  shape.epsilon = static_cast<float>(Number(of.Get("epsilon"), "epsilon"));
  return shape;
}

// Copies: ids that change meanwhile would lead outside the tables that they were checked against.
struct Tokens {
  std::vector<int32_t> ids, positions, types, offsets;

  explicit Tokens(const Napi::Value& value) {
    const Napi::Object of = ObjectIn(value, "tokens");
    const auto copy = [&](const char* name) {
      const auto ints = Ints(of.Get(name), name);
      return std::vector<int32_t>(ints.data, ints.data + ints.size);
    };
    ids = copy("ids");
    positions = copy("positions");
    types = copy("types");
    offsets = copy("offsets");
    if (positions.size() != ids.size() || types.size() != ids.size() || offsets.empty())
      fail_shape("tokens: expected as many positions and types as ids, and offsets.");
  }

  encode::TokenBatch batch() const {
    return {ids.data(),
            positions.data(),
            types.data(),
            offsets.data(),
            static_cast<int64_t>(ids.size()),
            static_cast<int64_t>(offsets.size()) - 1};
  }
};

struct Pooled {
  Tokens tokens;
  std::vector<encode::PoolingMode> modes;
  std::vector<int32_t> unpooled;

  Pooled(const Napi::CallbackInfo& info) : tokens(info[1]) {
    using encode::PoolingMode;
    if (!info[2].IsArray()) fail_value("modes: expected an array.");
    const auto names = info[2].As<Napi::Array>();
    for (uint32_t n = 0; n < names.Length(); ++n)
      modes.push_back(OneOf<PoolingMode>(names[n], "mode",
                                         {{"cls", PoolingMode::cls},
                                          {"max", PoolingMode::max},
                                          {"mean", PoolingMode::mean},
                                          {"mean_sqrt_len_tokens", PoolingMode::mean_sqrt},
                                          {"weightedmean", PoolingMode::weighted_mean},
                                          {"lasttoken", PoolingMode::last}}));
    const auto ints = Ints(info[3], "unpooled");
    unpooled.assign(ints.data, ints.data + ints.size);
    if (unpooled.size() + 1 != tokens.offsets.size()) fail_shape("unpooled: expected one number per sequence.");
  }

  std::vector<float> of(const encode::Encoder& encoder, const AbortFlag* abort) const {
    std::vector<float> out(unpooled.size() * modes.size() * encoder.shape().dims);
    encoder.pool(tokens.batch(), {modes, unpooled.data()}, out.data(), abort);
    return out;
  }
};

// encoderCreate(shape: EncoderShape, precision: 'f32' | 'bf16' | 'int8', abort?): Promise<EncoderHandle>
KINDRED_EXPORT(encoderCreate) {
  using encode::Precision;
  const auto precision = OneOf<Precision>(
      info[1], "precision", {{"f32", Precision::f32}, {"bf16", Precision::bf16}, {"int8", Precision::int8}});
  return Async(
      info, 2,
      [shape = ShapeOf(info[0]), precision](const AbortFlag*) {
        return std::make_unique<encode::Encoder>(shape, precision);
      },
      [](Napi::Env env, std::unique_ptr<encode::Encoder>& encoder) {
        return WrapShared<EncoderHandle>(env, std::make_shared<const EncoderHandle>(EncoderHandle{std::move(encoder)}),
                                         kEncoderTag);
      });
}

// encoderWrite(encoder: EncoderHandle, name: string, values: Float32Array, abort?): Promise<void>
KINDRED_EXPORT(encoderWrite) {
  const auto handle = EncoderOf(info[0]);
  const auto values = Floats(info[2], "values");
  return Async(info, 3, [=, name = Text(info[1], "name")](const AbortFlag*) {
    handle->encoder->write(name, values.data, values.size);
  });
}

// encoderStates(encoder: EncoderHandle, tokens: EncoderTokens, abort?): Promise<Float32Array>; [tokens, dims]
KINDRED_EXPORT(encoderStates) {
  const auto handle = EncoderOf(info[0]);
  return Async(info, 2, [=, tokens = Tokens(info[1])](const AbortFlag* abort) {
    std::vector<float> out(tokens.ids.size() * handle->encoder->shape().dims);
    handle->encoder->states(tokens.batch(), out.data(), abort);
    return out;
  });
}

// encoderPool(encoder: EncoderHandle, tokens: EncoderTokens, modes: string[], unpooled: Int32Array, abort?):
//   Promise<Float32Array>; [sequences, modes * dims]
KINDRED_EXPORT(encoderPool) {
  const auto handle = EncoderOf(info[0]);
  return Async(info, 4,
               [=, pooled = Pooled(info)](const AbortFlag* abort) { return pooled.of(*handle->encoder, abort); });
}

// encoderRelease(encoder: EncoderHandle): void; gives its memory back once no call under way needs it
KINDRED_EXPORT(encoderRelease) {
  ReleaseShared<EncoderHandle>(info[0], kEncoderTag, "encoder");
  return info.Env().Undefined();
}

}  // namespace
}  // namespace kindred::bindings

#include "kindred/encode/encoder.h"

#include <chrono>
#include <cmath>
#include <thread>

#include "kindred/linalg/gemm_bf16.h"
#include "reference/encode/encoder.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::encode;
using namespace kindred::test;

namespace {

constexpr PoolingMode kAll[] = {PoolingMode::cls,       PoolingMode::max,           PoolingMode::mean,
                                PoolingMode::mean_sqrt, PoolingMode::weighted_mean, PoolingMode::last};

// An encoder with random weights, and what they are.
struct Model {
  EncoderShape shape;
  reference::EncoderWeights weights;

  Model(Random& random, EncoderShape of) : shape(std::move(of)) {
    for (const auto& [name, size] : reference::encoder_sizes(shape)) {
      const bool is_scale = name.find("LayerNorm.weight") != std::string::npos;
      weights[name] = doubles(is_scale ? random.floats(size, 0.5, 1.5) : random.floats(size, -0.3, 0.3));
    }
  }

  void fill(Encoder& encoder) const {
    for (const auto& [name, values] : weights) {
      const std::vector<float> floats(values.begin(), values.end());
      encoder.write(name, floats.data(), static_cast<int64_t>(floats.size()));
    }
  }
};

struct Texts {
  std::vector<int32_t> ids, positions, types, offsets{0};

  Texts(Random& random, const EncoderShape& shape, const std::vector<int64_t>& lengths) {
    for (const int64_t length : lengths) {
      for (int64_t t = 0; t < length; ++t) {
        ids.push_back(static_cast<int32_t>(random.integer(0, shape.vocabulary - 1)));
        positions.push_back(static_cast<int32_t>(t % shape.positions));
        types.push_back(static_cast<int32_t>(random.integer(0, std::max<int64_t>(shape.types - 1, 0))));
      }
      offsets.push_back(static_cast<int32_t>(ids.size()));
    }
  }

  TokenBatch batch() const {
    return {ids.data(),
            positions.data(),
            types.data(),
            offsets.data(),
            static_cast<int64_t>(ids.size()),
            static_cast<int64_t>(offsets.size()) - 1};
  }
};

EncoderShape small() {
  EncoderShape shape;
  shape.vocabulary = 50;
  shape.positions = 40;
  shape.types = 2;
  shape.dims = shape.table_dims = 24;
  shape.inner = 72;
  shape.heads = 3;
  shape.layer_heads = {3, 3};
  shape.order = {0, 1};
  shape.epsilon = 1e-5f;
  return shape;
}

// BERT's, with odd sizes and fewer heads, ALBERT's, MPNet's
std::vector<EncoderShape> shapes() {
  EncoderShape odd = small(), albert = small(), mpnet = small();
  odd.dims = odd.table_dims = 35;
  odd.heads = 5;
  odd.layer_heads = {5, 2, 4};
  odd.order = {0, 1, 2};
  odd.inner = 301;
  odd.types = 0;
  odd.activation = nn::Activation::relu;
  albert.table_dims = 17;
  albert.layer_heads = {3};
  albert.order = {0, 0, 0};
  albert.activation = nn::Activation::gelu_tanh;
  mpnet.distance_buckets = 32;
  mpnet.types = 0;
  return {small(), odd, albert, mpnet};
}

const std::vector<int64_t> kLengths = {5, 0, 1, 17, 40, 3, 33, 0};

double worst(const std::vector<float>& a, const std::vector<double>& b) {
  double most = 0;
  for (size_t i = 0; i < b.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

std::vector<Precision> precisions() {
  std::vector all = {Precision::f32};
  if (has_bf16_products()) all.push_back(Precision::bf16);
  if (has_int8_products()) all.push_back(Precision::int8);
  return all;
}

}  // namespace

TEST(states_equal_the_reference) {
  Random random(1);
  for (const EncoderShape& shape : shapes()) {
    const Model model(random, shape);
    const Texts texts(random, shape, kLengths);
    const reference::Table expected = reference::encode_states(shape, model.weights, texts.batch());
    for (const Precision precision : precisions()) {
      Encoder encoder(shape, precision);
      model.fill(encoder);
      std::vector<float> states(texts.ids.size() * shape.dims);
      encoder.states(texts.batch(), states.data(), nullptr);
      if (precision == Precision::f32)
        CHECK_CLOSE(states, expected.values, 5e-5, 1e-4);
      else  // states are of about 1
        CHECK(worst(states, expected.values) < (precision == Precision::int8 ? 0.2 : 0.1));
    }
  }
}

TEST(pooled_states_equal_the_reference) {
  Random random(2);
  const EncoderShape shape = small();
  const Model model(random, shape);
  const Texts texts(random, shape, kLengths);
  const std::vector<int32_t> unpooled = {0, 0, 1, 3, 0, 5, 2, 1};
  const PoolingWish wish{{std::begin(kAll), std::end(kAll)}, unpooled.data()};
  Encoder encoder(shape, Precision::f32);
  model.fill(encoder);
  std::vector<float> pooled(kLengths.size() * wish.modes.size() * shape.dims, NAN);
  encoder.pool(texts.batch(), wish, pooled.data(), nullptr);
  const reference::Table states = reference::encode_states(shape, model.weights, texts.batch());
  CHECK_CLOSE(pooled, reference::encode_pooled(states, texts.batch(), wish).values, 1e-4, 1e-4);
}

TEST(a_text_has_the_same_bits_alone_and_among_others_and_for_any_number_of_threads) {
  Random random(3);
  for (const Precision precision : precisions()) {
    EncoderShape shape = small();
    shape.positions = 500;
    const Model model(random, shape);
    Encoder encoder(shape, precision);
    model.fill(encoder);
    std::vector<int64_t> lengths;
    for (int64_t n = 0; n < 60; ++n) lengths.push_back(random.integer(1, n % 20 == 0 ? 450 : 40));
    const Texts texts(random, shape, lengths);
    std::vector<float> all(texts.ids.size() * shape.dims);
    encoder.states(texts.batch(), all.data(), nullptr);
    for (const int64_t s : {0, 7, 40, 59}) {
      const int32_t begin = texts.offsets[s], count = texts.offsets[s + 1] - begin;
      const int32_t offsets[] = {0, count};
      std::vector<float> alone(count * shape.dims);
      encoder.states(
          {texts.ids.data() + begin, texts.positions.data() + begin, texts.types.data() + begin, offsets, count, 1},
          alone.data(), nullptr);
      for (size_t i = 0; i < alone.size(); ++i) CHECK_EQUAL(alone[i], all[begin * shape.dims + i]);
    }
    CHECK_SAME_BITS(std::vector<float> out(texts.ids.size() * shape.dims);
                    encoder.states(texts.batch(), out.data(), nullptr); return doubles(out));
  }
}

TEST(no_texts_and_texts_without_tokens) {
  Random random(4);
  const EncoderShape shape = small();
  Encoder encoder(shape, Precision::f32);
  const int32_t offsets[] = {0, 0, 0}, unpooled[] = {0, 0};
  std::vector<float> pooled(2 * shape.dims, NAN);
  encoder.pool({nullptr, nullptr, nullptr, offsets, 0, 2}, {{PoolingMode::mean}, unpooled}, pooled.data(), nullptr);
  CHECK_CLOSE(pooled, std::vector<double>(pooled.size(), 0.0), 0, 0);
  encoder.states({nullptr, nullptr, nullptr, offsets, 0, 0}, nullptr, nullptr);
}

TEST(what_does_not_fit_is_refused) {
  Random random(5);
  EncoderShape shape = small();
  Encoder encoder(shape, Precision::f32);
  std::vector<float> numbers(shape.dims), out(3 * shape.dims);
  CHECK_THROWS("ERR_VALUE", "none named pooler", encoder.write("pooler.dense.bias", numbers.data(), shape.dims));
  CHECK_THROWS("ERR_SHAPE", "expected 24 numbers but received 23",
               encoder.write("encoder.layer.1.output.LayerNorm.bias", numbers.data(), 23));
  const std::vector<int32_t> good = {1, 2, 0}, word = {1, 50, 2}, position = {0, 40, 1}, type = {0, 1, 2};
  const std::vector<int32_t> offsets = {0, 3}, descending = {0, 4, 3};
  const auto run = [&](const std::vector<int32_t>& ids, const std::vector<int32_t>& positions,
                       const std::vector<int32_t>& types, const std::vector<int32_t>& of) {
    encoder.states({ids.data(), positions.data(), types.data(), of.data(), 3, static_cast<int64_t>(of.size()) - 1},
                   out.data(), nullptr);
  };
  CHECK_THROWS("ERR_VALUE", "ids: expected 0 to 49 but received 50", run(word, good, {0, 1, 0}, offsets));
  CHECK_THROWS("ERR_VALUE", "positions: expected 0 to 39", run(good, position, {0, 1, 0}, offsets));
  CHECK_THROWS("ERR_VALUE", "types: expected 0 to 1", run(good, good, type, offsets));
  CHECK_THROWS("ERR_SHAPE", "", run(good, good, {0, 1, 0}, descending));
  shape.heads = 5;
  CHECK_THROWS("ERR_SHAPE", "do not fit", Encoder(shape, Precision::f32));
  if (!has_bf16_products()) CHECK_THROWS("ERR_NOT_SUPPORTED", "take f32", Encoder(small(), Precision::bf16));
  if (!has_int8_products()) CHECK_THROWS("ERR_NOT_SUPPORTED", "take f32", Encoder(small(), Precision::int8));
  const AbortFlag raised = true;
  CHECK_THROWS("ERR_ABORTED", "",
               encoder.states({good.data(), good.data(), std::vector<int32_t>(3).data(), offsets.data(), 3, 1},
                              out.data(), &raised));
}

TEST(an_abort_is_heard_within_one_long_text) {
  Random random(6);
  EncoderShape shape = small();
  shape.positions = 3000;
  shape.layer_heads = {3};
  shape.order.assign(200, 0);
  const Model model(random, shape);
  Encoder encoder(shape, Precision::f32);
  model.fill(encoder);
  const Texts texts(random, shape, {3000});
  std::vector<float> out(texts.ids.size() * shape.dims);
  AbortFlag abort = false;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    abort = true;
  });
  CHECK_THROWS("ERR_ABORTED", "", encoder.states(texts.batch(), out.data(), &abort));
  other.join();
}

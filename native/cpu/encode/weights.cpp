#include "cpu/encode/weights.h"

#include <algorithm>

#include "kindred/runtime/error.h"

namespace kindred::encode {
namespace {

int64_t width_of(const EncoderShape& shape, int64_t heads) { return shape.dims / shape.heads * heads; }

template <class Numbers>
int64_t bytes_of(const Numbers& numbers) {
  return static_cast<int64_t>(numbers.size() * sizeof(float));
}

}  // namespace

Layer::Layer(const EncoderShape& shape, Precision precision, int64_t heads)
    : query(precision, width_of(shape, heads), shape.dims),
      key(precision, width_of(shape, heads), shape.dims),
      value(precision, width_of(shape, heads), shape.dims),
      output(precision, shape.dims, width_of(shape, heads)),
      intermediate(precision, shape.inner, shape.dims),
      outer(precision, shape.dims, shape.inner),
      attended(shape.dims),
      last(shape.dims),
      heads(heads) {}

Weights::Weights(const EncoderShape& shape, Precision precision)
    : words(shape.vocabulary * shape.table_dims),
      positions(shape.positions * shape.table_dims),
      types(shape.types * shape.table_dims),
      embedded(shape.table_dims),
      distances(shape.distance_buckets * shape.heads) {
  add("embeddings.word_embeddings.weight", words);
  add("embeddings.position_embeddings.weight", positions);
  if (shape.types > 0) add("embeddings.token_type_embeddings.weight", types);
  add("embeddings.LayerNorm", embedded);
  if (shape.table_dims != shape.dims) {
    widening = std::make_unique<PackedProduct>(precision, shape.dims, shape.table_dims);
    add("encoder.embedding_hidden_mapping_in", *widening);
  }
  if (shape.distance_buckets > 0) add("encoder.relative_attention_bias.weight", distances);
  for (size_t n = 0; n < shape.layer_heads.size(); ++n) {
    Layer& layer = *layers.emplace_back(std::make_unique<Layer>(shape, precision, shape.layer_heads[n]));
    const std::string name = "encoder.layer." + std::to_string(n);
    add(name + ".attention.self.query", layer.query);
    add(name + ".attention.self.key", layer.key);
    add(name + ".attention.self.value", layer.value);
    add(name + ".attention.output.dense", layer.output);
    add(name + ".attention.output.LayerNorm", layer.attended);
    add(name + ".intermediate.dense", layer.intermediate);
    add(name + ".output.dense", layer.outer);
    add(name + ".output.LayerNorm", layer.last);
  }
}

template <class Numbers>
void Weights::add(const std::string& name, Numbers& numbers) {
  plain_[name] = {numbers.data(), static_cast<int64_t>(numbers.size())};
}

void Weights::add(const std::string& name, Norm& norm) {
  add(name + ".weight", norm.gamma);
  add(name + ".bias", norm.beta);
}

void Weights::add(const std::string& name, PackedProduct& product) {
  products_[name + ".weight"] = &product;
  biases_[name + ".bias"] = &product;
}

void Weights::write(const std::string& name, const float* values, int64_t size) {
  const auto expect = [&](int64_t expected) {
    if (size != expected)
      fail_shape(name + ": expected " + std::to_string(expected) + " numbers but received " + std::to_string(size) +
                 ".");
  };
  if (const auto found = plain_.find(name); found != plain_.end()) {
    expect(found->second.size);
    std::copy_n(values, size, found->second.data);
  } else if (const auto product = products_.find(name); product != products_.end()) {
    expect(product->second->outputs() * product->second->inputs());
    product->second->set_weights(values);
  } else if (const auto bias = biases_.find(name); bias != biases_.end()) {
    expect(bias->second->outputs());
    bias->second->set_bias(values);
  } else {
    fail_value("weights: there are none named " + name + ".");
  }
}

int64_t Weights::bytes() const {
  int64_t total = bytes_of(words) + bytes_of(positions) + bytes_of(types) + bytes_of(distances);
  for (const auto& [name, product] : products_) total += product->bytes();
  return total;
}

}  // namespace kindred::encode

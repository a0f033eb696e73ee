#include "reference/encode/encoder.h"

#include <algorithm>
#include <cmath>

#include "reference/nn/layers/activation.h"
#include "reference/nn/layers/linear.h"
#include "reference/nn/layers/norm.h"
#include "reference/nn/sequences/attention.h"

namespace kindred::reference {
namespace {

Table linear_of(const EncoderWeights& weights, const std::string& name, const Table& x) {
  const Doubles& bias = weights.at(name + ".bias");
  const auto outputs = static_cast<int64_t>(bias.size());
  return linear(x, Table(outputs, x.cols, weights.at(name + ".weight")), bias);
}

Table norm_of(const EncoderWeights& weights, const std::string& name, const Table& x, double epsilon) {
  return layer_norm(x, weights.at(name + ".weight"), weights.at(name + ".bias"), epsilon).y;
}

Table sum(Table a, const Table& b) {
  for (size_t i = 0; i < a.values.size(); ++i) a.values[i] += b.values[i];
  return a;
}

}  // namespace

std::map<std::string, int64_t> encoder_sizes(const encode::EncoderShape& shape) {
  std::map<std::string, int64_t> sizes;
  const auto dense = [&](const std::string& name, int64_t outputs, int64_t inputs) {
    sizes[name + ".weight"] = outputs * inputs;
    sizes[name + ".bias"] = outputs;
  };
  const auto norm = [&](const std::string& name, int64_t dims) {
    sizes[name + ".weight"] = sizes[name + ".bias"] = dims;
  };
  sizes["embeddings.word_embeddings.weight"] = shape.vocabulary * shape.table_dims;
  sizes["embeddings.position_embeddings.weight"] = shape.positions * shape.table_dims;
  if (shape.types > 0) sizes["embeddings.token_type_embeddings.weight"] = shape.types * shape.table_dims;
  norm("embeddings.LayerNorm", shape.table_dims);
  if (shape.table_dims != shape.dims) dense("encoder.embedding_hidden_mapping_in", shape.dims, shape.table_dims);
  if (shape.distance_buckets > 0)
    sizes["encoder.relative_attention_bias.weight"] = shape.distance_buckets * shape.heads;
  for (size_t n = 0; n < shape.layer_heads.size(); ++n) {
    const std::string layer = "encoder.layer." + std::to_string(n);
    const int64_t width = shape.dims / shape.heads * shape.layer_heads[n];
    for (const char* part : {"query", "key", "value"}) dense(layer + ".attention.self." + part, width, shape.dims);
    dense(layer + ".attention.output.dense", shape.dims, width);
    norm(layer + ".attention.output.LayerNorm", shape.dims);
    dense(layer + ".intermediate.dense", shape.inner, shape.dims);
    dense(layer + ".output.dense", shape.dims, shape.inner);
    norm(layer + ".output.LayerNorm", shape.dims);
  }
  return sizes;
}

Table encode_states(const encode::EncoderShape& shape, const EncoderWeights& weights, const encode::TokenBatch& batch) {
  Table embedded(batch.tokens, shape.table_dims);
  const auto add_rows = [&](const char* table, const int32_t* ids) {
    const Doubles& rows = weights.at(std::string("embeddings.") + table + ".weight");
    for (int64_t t = 0; t < batch.tokens; ++t)
      for (int64_t d = 0; d < shape.table_dims; ++d) embedded.at(t, d) += rows[ids[t] * shape.table_dims + d];
  };
  add_rows("word_embeddings", batch.ids);
  add_rows("position_embeddings", batch.positions);
  if (shape.types > 0) add_rows("token_type_embeddings", batch.types);
  Table states = norm_of(weights, "embeddings.LayerNorm", embedded, shape.epsilon);
  if (shape.table_dims != shape.dims) states = linear_of(weights, "encoder.embedding_hidden_mapping_in", states);
  for (const int64_t n : shape.order) {
    const std::string layer = "encoder.layer." + std::to_string(n), self = layer + ".attention.self.";
    const int64_t slice = shape.dims / shape.heads;
    Attention attention{std::vector<int32_t>(batch.offsets, batch.offsets + batch.sequences + 1), shape.layer_heads[n],
                        1.0 / std::sqrt(static_cast<double>(slice)), false};
    if (shape.distance_buckets > 0)
      attention.biases =
          Table(shape.distance_buckets, shape.heads, weights.at("encoder.relative_attention_bias.weight"));
    const Table mixed =
        reference::attention(attention, linear_of(weights, self + "query", states),
                             linear_of(weights, self + "key", states), linear_of(weights, self + "value", states))
            .y;
    states = norm_of(weights, layer + ".attention.output.LayerNorm",
                     sum(linear_of(weights, layer + ".attention.output.dense", mixed), states), shape.epsilon);
    Table inner = linear_of(weights, layer + ".intermediate.dense", states);
    for (double& x : inner.values) x = activate(shape.activation, x);
    states = norm_of(weights, layer + ".output.LayerNorm",
                     sum(linear_of(weights, layer + ".output.dense", inner), states), shape.epsilon);
  }
  return states;
}

Table encode_pooled(const Table& states, const encode::TokenBatch& batch, const encode::PoolingWish& wish) {
  using encode::PoolingMode;
  const int64_t dims = states.cols;
  Table out(batch.sequences, static_cast<int64_t>(wish.modes.size()) * dims);
  for (int64_t s = 0; s < batch.sequences; ++s)
    for (size_t m = 0; m < wish.modes.size(); ++m) {
      const PoolingMode mode = wish.modes[m];
      const int64_t begin = batch.offsets[s], end = batch.offsets[s + 1];
      const int64_t first = std::min<int64_t>(begin + wish.unpooled[s], end);
      for (int64_t d = 0; d < dims; ++d) {
        double total = 0, weight = 0, most = -INFINITY;
        for (int64_t t = first; t < end; ++t) {
          const double w = mode == PoolingMode::weighted_mean ? static_cast<double>(t - begin + 1) : 1;
          total += w * states.at(t, d);
          weight += w;
          most = std::max(most, states.at(t, d));
        }
        double& to = out.at(s, static_cast<int64_t>(m) * dims + d);
        if (begin == end) continue;
        if (mode == PoolingMode::cls)
          to = states.at(first < end ? first : begin, d);
        else if (first == end)
          to = 0;
        else if (mode == PoolingMode::last)
          to = states.at(end - 1, d);
        else if (mode == PoolingMode::max)
          to = most;
        else
          to = total / (mode == PoolingMode::mean_sqrt ? std::sqrt(weight) : weight);
      }
    }
  return out;
}

}  // namespace kindred::reference

#include "kindred/encode/encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/encode/pooling.h"
#include "cpu/encode/weights.h"
#include "cpu/nn/sequences/distance_biases.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/error.h"

namespace kindred::encode {
namespace {

// Tokens that a thread takes through all layers together, unless a sequence has more: few enough that their states and
// a layer's weights stay in L2, enough that weights are fetched seldom, which packed ones of 16 and 8 bits are sooner.
constexpr int64_t kTokens = 384, kTokensOfShort = 192;
// Products of queries and keys between two looks at the abort flag.
constexpr int64_t kScores = 1 << 21;
// Distances beyond share a bucket, in MPNet's files.
constexpr int64_t kMaxDistance = 128;

// Consecutive sequences that one thread works on.
struct Group {
  int64_t first, last;  // sequences
};

// What a thread works in.
struct Workspace {
  LargeVector<float> states, query, key, value, mixed, sums, part, left, inner;
  std::vector<float> attention, logs;

  static void at_least(LargeVector<float>& floats, int64_t size) {
    if (static_cast<int64_t>(floats.size()) < size) floats = LargeVector<float>(size);
  }
};

}  // namespace

struct Encoder::State {
  EncoderShape shape;
  Precision precision;
  Weights weights;
  mutable Scratch<Workspace> workspaces{[] { return std::make_unique<Workspace>(); }};

  State(EncoderShape of, Precision precision) : shape(std::move(of)), precision(precision), weights(shape, precision) {}

  void check(const TokenBatch& batch) const;
  std::vector<Group> groups(const TokenBatch& batch) const;
  void embed(const TokenBatch& batch, int64_t first, int64_t rows, Workspace& w) const;
  void attend(const TokenBatch& batch, Group group, const Layer& layer, const nn::DistanceBiases& biases,
              const AbortFlag* abort, Workspace& w) const;
  void feed_forward(const Layer& layer, ConstMatrix states, const AbortFlag* abort, Workspace& w) const;
  void through(const TokenBatch& batch, Group group, const nn::DistanceBiases& biases, const AbortFlag* abort,
               Workspace& w) const;
  // body(group, states [tokens of the group, dims]) for every group, on several threads
  template <class Body>
  void run(const TokenBatch& batch, const AbortFlag* abort, const Body& body) const;
};

namespace {

EncoderShape checked(EncoderShape shape) {
  const auto positive = [](int64_t size) { return size > 0 && size < int64_t{1} << 31; };
  const auto layers = static_cast<int64_t>(shape.layer_heads.size());
  const bool fits =
      positive(shape.vocabulary) && positive(shape.positions) && shape.types >= 0 && positive(shape.dims) &&
      positive(shape.table_dims) && positive(shape.inner) && positive(shape.heads) && shape.dims % shape.heads == 0 &&
      shape.distance_buckets >= 0 &&
      std::all_of(shape.layer_heads.begin(), shape.layer_heads.end(),
                  [&](int64_t heads) { return heads > 0 && heads <= shape.heads; }) &&
      std::all_of(shape.order.begin(), shape.order.end(), [&](int64_t n) { return n >= 0 && n < layers; });
  if (!fits) fail_shape("encoder: its sizes do not fit together.");
  return shape;
}

// Columns [begin, begin + y.cols) of a product, hearing an abort in between.
void multiply(const PackedProduct& product, const float* left, int64_t begin, Matrix y, const AbortFlag* abort) {
  for (int64_t j = 0; j < y.cols; j += PackedProduct::kPart) {
    if (aborted(abort)) fail_aborted();
    product.multiply(left, begin + j, {y.data + j, y.rows, std::min(PackedProduct::kPart, y.cols - j), y.stride});
  }
}

// One row: x = norm(x + y)
void add_and_norm(const float* y, const Norm& norm, float epsilon, int64_t dims, float* sum, float* x) {
  float mean, rstd;
  kernels().axpy(1.0f, y, sum, dims);
  kernels().nn.layer_norm(sum, norm.gamma.data(), norm.beta.data(), dims, epsilon, x, &mean, &rstd);
}

}  // namespace

void Encoder::State::check(const TokenBatch& batch) const {
  nn::check_sequences({batch.offsets, batch.sequences}, batch.tokens);
  const auto within = [&](const int32_t* ids, int64_t rows, const char* name) {
    for (int64_t t = 0; t < batch.tokens; ++t)
      if (ids[t] < 0 || ids[t] >= rows)
        fail_value(std::string(name) + ": expected 0 to " + std::to_string(rows - 1) + " but received " +
                   std::to_string(ids[t]) + ".");
  };
  within(batch.ids, shape.vocabulary, "ids");
  within(batch.positions, shape.positions, "positions");
  if (shape.types > 0) within(batch.types, shape.types, "types");
}

std::vector<Group> Encoder::State::groups(const TokenBatch& batch) const {
  const int64_t share = (batch.tokens + thread_count() - 1) / thread_count();
  const int64_t most = std::clamp<int64_t>(share, 32, precision == Precision::f32 ? kTokens : kTokensOfShort);
  std::vector<Group> groups;
  for (int64_t s = 0; s < batch.sequences;) {
    const int64_t first = s;
    while (s < batch.sequences && (s == first || batch.offsets[s + 1] - batch.offsets[first] <= most)) ++s;
    groups.push_back({first, s});
  }
  return groups;
}

void Encoder::State::embed(const TokenBatch& batch, int64_t first, int64_t rows, Workspace& w) const {
  const int64_t width = shape.table_dims;
  float* const sums = w.sums.data();
  float* const out = weights.widening ? w.part.data() : w.states.data();
  for (int64_t t = 0; t < rows; ++t) {
    float* const sum = sums + t * width;
    std::copy_n(weights.words.data() + batch.ids[first + t] * width, width, sum);
    if (shape.types > 0) kernels().axpy(1.0f, weights.types.data() + batch.types[first + t] * width, sum, width);
    add_and_norm(weights.positions.data() + batch.positions[first + t] * width, weights.embedded, shape.epsilon, width,
                 sum, out + t * width);
  }
  if (!weights.widening) return;
  weights.widening->pack({out, rows, width}, 0, w.left.data());
  weights.widening->multiply(w.left.data(), 0, {w.states.data(), rows, shape.dims});
}

void Encoder::State::attend(const TokenBatch& batch, Group group, const Layer& layer, const nn::DistanceBiases& biases,
                            const AbortFlag* abort, Workspace& w) const {
  const NnKernels& nn = kernels().nn;
  const int64_t slice = shape.dims / shape.heads, width = slice * layer.heads, begin = batch.offsets[group.first];
  const float scale = 1.0f / std::sqrt(static_cast<float>(slice));
  for (int64_t s = group.first; s < group.last; ++s) {
    const int64_t n = batch.offsets[s + 1] - batch.offsets[s], first = batch.offsets[s] - begin;
    if (n == 0) continue;
    if (aborted(abort)) fail_aborted();
    const int64_t block = nn.attention_block, step = block * std::max<int64_t>(kScores / (block * n * slice), 1);
    for (int64_t head = 0; head < layer.heads; ++head) {
      const HeadShape of{n, slice, width, scale, false, biases.of_head(head), 0, 1.0f, 0};
      const int64_t at = first * width + head * slice;
      nn.attend_begin(of, w.key.data() + at, w.value.data() + at, w.attention.data());
      for (int64_t query = 0; query < n; query += step) {
        if (aborted(abort)) fail_aborted();
        nn.attend(of, query, std::min(query + step, n), w.query.data() + at, w.mixed.data() + at, w.logs.data(), 1,
                  w.attention.data());
      }
    }
  }
}

// The state within a layer, activated and packed for the product that follows: some columns at a time, unless that
// takes whole rows.
void Encoder::State::feed_forward(const Layer& layer, ConstMatrix states, const AbortFlag* abort, Workspace& w) const {
  const int64_t rows = states.rows, width = layer.outer.packs_parts() ? PackedProduct::kPart : shape.inner;
  Workspace::at_least(w.part, rows * width);
  Workspace::at_least(w.inner, layer.outer.left_floats(rows));
  layer.intermediate.pack(states, 0, w.left.data());
  for (int64_t j = 0; j < shape.inner; j += width) {
    const Matrix part{w.part.data(), rows, std::min(width, shape.inner - j)};
    multiply(layer.intermediate, w.left.data(), j, part, abort);
    kernels().nn.activate(static_cast<int>(shape.activation), part.data, rows * part.cols, part.data);
    layer.outer.pack(part, j, w.inner.data());
  }
}

void Encoder::State::through(const TokenBatch& batch, Group group, const nn::DistanceBiases& biases,
                             const AbortFlag* abort, Workspace& w) const {
  const int64_t first = batch.offsets[group.first], rows = batch.offsets[group.last] - first, dims = shape.dims;
  int64_t longest = 0;
  for (int64_t s = group.first; s < group.last; ++s)
    longest = std::max<int64_t>(longest, batch.offsets[s + 1] - batch.offsets[s]);
  for (auto* floats : {&w.states, &w.query, &w.key, &w.value, &w.mixed}) Workspace::at_least(*floats, rows * dims);
  Workspace::at_least(w.sums, rows * std::max(dims, shape.table_dims));
  Workspace::at_least(w.part, rows * std::max(PackedProduct::kPart, shape.table_dims));
  const auto scratch = static_cast<size_t>(kernels().nn.attention_scratch(longest, dims / shape.heads));
  if (w.attention.size() < scratch) w.attention.resize(scratch);
  if (static_cast<int64_t>(w.logs.size()) < longest) w.logs.resize(longest);
  int64_t room = weights.widening ? weights.widening->left_floats(rows) : 0;
  for (const auto& layer : weights.layers)
    room = std::max({room, layer->query.left_floats(rows), layer->output.left_floats(rows)});
  Workspace::at_least(w.left, room);

  embed(batch, first, rows, w);
  const Matrix states{w.states.data(), rows, dims}, sums{w.sums.data(), rows, dims};
  const auto norm = [&](const Norm& of) {
    for (int64_t t = 0; t < rows; ++t) add_and_norm(states.row(t), of, shape.epsilon, dims, sums.row(t), states.row(t));
  };
  for (const int64_t n : shape.order) {
    if (aborted(abort)) fail_aborted();
    const Layer& layer = *weights.layers[n];
    const int64_t width = layer.query.outputs();
    layer.query.pack(states, 0, w.left.data());
    multiply(layer.query, w.left.data(), 0, {w.query.data(), rows, width}, abort);
    multiply(layer.key, w.left.data(), 0, {w.key.data(), rows, width}, abort);
    multiply(layer.value, w.left.data(), 0, {w.value.data(), rows, width}, abort);
    attend(batch, group, layer, biases, abort, w);
    layer.output.pack({w.mixed.data(), rows, width}, 0, w.left.data());
    multiply(layer.output, w.left.data(), 0, sums, abort);
    norm(layer.attended);
    feed_forward(layer, states, abort, w);
    multiply(layer.outer, w.inner.data(), 0, sums, abort);
    norm(layer.last);
  }
}

template <class Body>
void Encoder::State::run(const TokenBatch& batch, const AbortFlag* abort, const Body& body) const {
  check(batch);
  int64_t longest = 0;
  for (int64_t s = 0; s < batch.sequences; ++s)
    longest = std::max<int64_t>(longest, batch.offsets[s + 1] - batch.offsets[s]);
  nn::RelativeBiases table;
  if (shape.distance_buckets > 0)
    table = {ConstMatrix(weights.distances.data(), shape.distance_buckets, shape.heads), kMaxDistance};
  const nn::DistanceBiases biases(table, shape.heads, longest);
  const std::vector<Group> all = groups(batch);
  parallel_for(static_cast<int64_t>(all.size()), 1, abort, [&](int64_t begin, int64_t end) {
    auto workspace = workspaces.take();
    int64_t most = 0;  // tokens of a group
    for (int64_t n = begin; n < end; ++n) {
      most = std::max<int64_t>(most, batch.offsets[all[n].last] - batch.offsets[all[n].first]);
      through(batch, all[n], biases, abort, *workspace);
      body(all[n], static_cast<const float*>(workspace->states.data()));
    }
    // What a long text took is not kept.
    if (most <= kTokens) workspaces.give_back(std::move(workspace), thread_count());
  });
}

Encoder::Encoder(EncoderShape shape, Precision precision)
    : state_(std::make_unique<State>(checked(std::move(shape)), precision)) {}

Encoder::~Encoder() = default;

const EncoderShape& Encoder::shape() const { return state_->shape; }

int64_t Encoder::bytes() const { return state_->weights.bytes(); }

void Encoder::write(const std::string& name, const float* values, int64_t size) {
  state_->weights.write(name, values, size);
}

void Encoder::states(const TokenBatch& batch, float* out, const AbortFlag* abort) const {
  const int64_t dims = state_->shape.dims;
  state_->run(batch, abort, [&](Group group, const float* states) {
    const int64_t first = batch.offsets[group.first];
    std::copy_n(states, (batch.offsets[group.last] - first) * dims, out + first * dims);
  });
}

void Encoder::pool(const TokenBatch& batch, const PoolingWish& wish, float* out, const AbortFlag* abort) const {
  const int64_t dims = state_->shape.dims, width = static_cast<int64_t>(wish.modes.size()) * dims;
  state_->run(batch, abort, [&](Group group, const float* states) {
    for (int64_t s = group.first; s < group.last; ++s) {
      const int64_t begin = batch.offsets[s] - batch.offsets[group.first];
      const ConstMatrix own(states + begin * dims, batch.offsets[s + 1] - batch.offsets[s], dims);
      for (size_t m = 0; m < wish.modes.size(); ++m)
        pool_states(own, wish.unpooled[s], wish.modes[m], out + s * width + static_cast<int64_t>(m) * dims);
    }
  });
}

}  // namespace kindred::encode

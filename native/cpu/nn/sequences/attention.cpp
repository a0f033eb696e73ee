#include "kindred/nn/sequences/attention.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/nn/sequences/distance_biases.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"
#include "cpu/runtime/scratch.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kStep = 1 << 21;  // products between two looks at the flag

// One head of one sequence that has tokens.
struct Head {
  HeadShape shape;
  int64_t at, log_at;  // offsets of its first element and its first log sum
  int64_t task;        // its number: sequence * heads + head
  float* memory;
};

// Calls body(head) for every head of every sequence that has tokens; each has `more` floats behind its scratch memory.
template <class Body>
void for_each_head(const AttentionShape& shape, const DistanceBiases& biases, int64_t longest, int64_t dims,
                   int64_t more, const AbortFlag* abort, const Body& body) {
  const auto [offsets, count] = shape.sequences;
  const int64_t slice = dims / shape.heads;
  const auto least = static_cast<uint32_t>(static_cast<double>(shape.dropout) * 0x1p32);
  Scratch<std::vector<float>> scratch(
      [&] { return std::make_unique<std::vector<float>>(kernels().nn.attention_scratch(longest, slice) + more); });
  parallel_for(count * shape.heads, 1, abort, [&](int64_t begin, int64_t end) {
    auto memory = scratch.take();
    for (int64_t task = begin; task < end; ++task) {
      const int64_t s = task / shape.heads, head = task % shape.heads, first = offsets[s], n = offsets[s + 1] - first;
      if (n == 0) continue;
      const int64_t log_at = first * shape.heads + head;
      body(Head{{n, slice, dims, shape.scale, shape.causal, biases.of_head(head), least, 1.0f / (1.0f - shape.dropout),
                 mix_seeds(shape.seed, static_cast<uint64_t>(log_at))},
                first * dims + head * slice,
                log_at,
                task,
                memory->data()});
    }
    scratch.give_back(std::move(memory));
  });
}

// body(begin, end) over the queries of a head, some at a time, that an abort is heard between.
template <class Body>
void for_queries(const HeadShape& head, const AbortFlag* abort, const Body& body) {
  const int64_t block = kernels().nn.attention_block, blocks = kStep / (block * head.n * head.dims);
  const int64_t step = block * std::max<int64_t>(blocks, 1);
  for (int64_t begin = 0; begin < head.n; begin += step) {
    if (begin > 0 && aborted(abort)) fail_aborted();
    body(begin, std::min(begin + step, head.n));
  }
}

// Checks the shape; the length of the longest sequence.
int64_t check_shape(const AttentionShape& shape, int64_t tokens, int64_t dims) {
  const auto [offsets, count] = shape.sequences;
  check_sequences(shape.sequences, tokens);
  if (shape.heads < 1 || shape.heads > dims || dims % shape.heads != 0)
    fail_shape("heads: expected a divisor of " + std::to_string(dims) + " dimensions but received " +
               std::to_string(shape.heads) + ".");
  int64_t longest = 0;
  for (int64_t s = 0; s < count; ++s) longest = std::max<int64_t>(longest, offsets[s + 1] - offsets[s]);
  return longest;
}

}  // namespace

void check_sequences(const Sequences& sequences, int64_t tokens) {
  const auto [offsets, count] = sequences;
  bool legal = offsets[0] == 0 && offsets[count] == tokens;
  for (int64_t s = 0; s < count; ++s) legal = legal && offsets[s] <= offsets[s + 1];
  if (!legal) fail_shape("offsets: expected numbers that ascend from 0 to " + std::to_string(tokens) + " tokens.");
}

void attention(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, Matrix y, float* log_sums,
               const AbortFlag* abort) {
  const int64_t longest = check_shape(shape, q.rows, q.cols);
  const DistanceBiases biases(shape.biases, shape.heads, longest);
  const NnKernels& nn = kernels().nn;
  for_each_head(shape, biases, longest, q.cols, 0, abort, [&](const Head& head) {
    nn.attend_begin(head.shape, k.data + head.at, v.data + head.at, head.memory);
    for_queries(head.shape, abort, [&](int64_t begin, int64_t end) {
      nn.attend(head.shape, begin, end, q.data + head.at, y.data + head.at, log_sums + head.log_at, shape.heads,
                head.memory);
    });
  });
}

void attention_gradient(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, ConstMatrix y,
                        const float* log_sums, ConstMatrix dy, Matrix dq, Matrix dk, Matrix dv, const AbortFlag* abort,
                        Matrix dbiases) {
  const int64_t longest = check_shape(shape, q.rows, q.cols);
  const DistanceBiases biases(shape.biases, shape.heads, longest);
  DistanceBiasGradient of_biases(biases, shape.sequences.count * shape.heads);
  const NnKernels& nn = kernels().nn;
  const bool biased = dbiases.data != nullptr;
  for_each_head(shape, biases, longest, q.cols, biased ? biases.span() : 0, abort, [&](const Head& head) {
    float* const by_distance =
        biased ? biases.clear(head.memory + nn.attention_scratch(longest, head.shape.dims)) : nullptr;
    nn.attend_gradient_begin(head.shape, k.data + head.at, v.data + head.at, head.memory);
    for_queries(head.shape, abort, [&](int64_t begin, int64_t end) {
      nn.attend_gradient(head.shape, begin, end, q.data + head.at, y.data + head.at, log_sums + head.log_at,
                         shape.heads, dy.data + head.at, dq.data + head.at, by_distance, head.memory);
    });
    nn.attend_gradient_end(head.shape, dk.data + head.at, dv.data + head.at, head.memory);
    if (biased) of_biases.add(head.task, by_distance, head.shape.n);
  });
  if (biased) of_biases.sum(dbiases);
}

}  // namespace kindred::nn

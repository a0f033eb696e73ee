#include "kindred/nn/attention.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

// Calls body(head's shape, offset of its first element, that of its first log sum, scratch memory) for every head of
// every sequence that has tokens.
template <class Body>
void for_each_head(const AttentionShape& shape, int64_t tokens, int64_t dims, const AbortFlag* abort,
                   const Body& body) {
  const auto [offsets, count] = shape.sequences;
  check_sequences(shape.sequences, tokens);
  if (shape.heads < 1 || shape.heads > dims || dims % shape.heads != 0)
    fail_shape("heads: expected a divisor of " + std::to_string(dims) + " dimensions but received " +
               std::to_string(shape.heads) + ".");
  const int64_t slice = dims / shape.heads;
  int64_t longest = 0;
  for (int64_t s = 0; s < count; ++s) longest = std::max<int64_t>(longest, offsets[s + 1] - offsets[s]);
  Scratch<std::vector<float>> scratch(
      [&] { return std::make_unique<std::vector<float>>(kernels().nn.attention_scratch(longest, slice)); });
  parallel_for(count * shape.heads, 1, abort, [&](int64_t begin, int64_t end) {
    auto memory = scratch.take();
    for (int64_t task = begin; task < end; ++task) {
      const int64_t s = task / shape.heads, head = task % shape.heads, first = offsets[s], n = offsets[s + 1] - first;
      if (n > 0)
        body(HeadShape{n, slice, dims, shape.scale, shape.causal}, first * dims + head * slice,
             first * shape.heads + head, memory->data());
    }
    scratch.give_back(std::move(memory));
  });
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
  for_each_head(shape, q.rows, q.cols, abort, [&](const HeadShape& head, int64_t at, int64_t log_at, float* memory) {
    kernels().nn.attend(head, q.data + at, k.data + at, v.data + at, y.data + at, log_sums + log_at, shape.heads,
                        memory);
  });
}

void attention_gradient(const AttentionShape& shape, ConstMatrix q, ConstMatrix k, ConstMatrix v, ConstMatrix y,
                        const float* log_sums, ConstMatrix dy, Matrix dq, Matrix dk, Matrix dv,
                        const AbortFlag* abort) {
  for_each_head(shape, q.rows, q.cols, abort, [&](const HeadShape& head, int64_t at, int64_t log_at, float* memory) {
    kernels().nn.attend_gradient(head, q.data + at, k.data + at, v.data + at, y.data + at, log_sums + log_at,
                                 shape.heads, dy.data + at, dq.data + at, dk.data + at, dv.data + at, memory);
  });
}

}  // namespace kindred::nn

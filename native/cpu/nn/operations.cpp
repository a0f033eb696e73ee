#include <algorithm>
#include <cmath>
#include <iterator>

#include "cpu/nn/operation.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"
#include "kindred/nn/activation.h"
#include "kindred/nn/attention.h"
#include "kindred/nn/dropout.h"
#include "kindred/nn/gather.h"
#include "kindred/nn/linear.h"
#include "kindred/nn/loss.h"
#include "kindred/nn/norm.h"
#include "kindred/nn/optimizer.h"
#include "kindred/nn/vectors.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 13;

void run_linear(const Call& c) {
  const Value &x = c.in[0], &w = c.in[1], &bias = c.in[2], &y = c.out[0];
  c.expect(x.cols == w.cols && y.rows == x.rows && y.cols == w.rows && (!bias.data || bias.size() == w.rows),
           "expected x [rows, inputs], weights [outputs, inputs], bias [outputs]");
  linear(x.matrix(), w.matrix(), bias.floats(), y.matrix(), c.scratch, c.abort);
}

void run_linear_input_gradient(const Call& c) {
  const Value &dy = c.in[0], &w = c.in[1], &dx = c.out[0];
  c.expect(dy.cols == w.rows && dx.rows == dy.rows && dx.cols == w.cols, "operands do not fit");
  linear_input_gradient(dy.matrix(), w.matrix(), dx.matrix(), c.scratch, c.abort);
}

void run_linear_weight_gradient(const Call& c) {
  const Value &dy = c.in[0], &x = c.in[1], &dw = c.out[0];
  c.expect(dy.rows == x.rows && dw.rows == dy.cols && dw.cols == x.cols, "operands do not fit");
  linear_weight_gradient(dy.matrix(), x.matrix(), dw.matrix(), c.scratch, c.abort);
}

void run_column_sums(const Call& c) {
  c.expect(c.out[0].size() == c.in[0].cols, "expected as many sums as columns");
  column_sums(c.in[0].matrix(), c.out[0].floats(), c.abort);
}

// out = the sum of all inputs
void run_add(const Call& c) {
  const Value& out = c.out[0];
  for (const Value& value : c.in) c.same(value, out);
  parallel_for(out.size(), kBlock, c.abort, [&](int64_t begin, int64_t end) {
    std::copy(c.in[0].floats() + begin, c.in[0].floats() + end, out.floats() + begin);
    for (size_t n = 1; n < c.in.size(); ++n)
      kernels().axpy(1.0f, c.in[n].floats() + begin, out.floats() + begin, end - begin);
  });
}

void run_fill(const Call& c) {
  std::fill_n(c.out[0].floats(), c.out[0].size(), static_cast<float>(c.numbers[0]));
}

void run_scale(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  std::copy_n(x.floats(), x.size(), y.floats());
  kernels().scale(static_cast<float>(c.numbers[0]), y.floats(), y.size());
}

Activation activation_of(const Call& c) {
  const double kind = c.numbers[0];
  if (!(kind >= 0 && kind <= static_cast<double>(Activation::silu)))
    fail_value(std::string(c.name) + ": there is no such function.");
  return static_cast<Activation>(static_cast<int>(kind));
}

void run_activation(const Call& c) {
  c.same(c.in[0], c.out[0]);
  activate(activation_of(c), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

void run_activation_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  activation_gradient(activation_of(c), c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

void run_layer_norm(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  c.expect(c.in[1].size() == x.cols && c.in[2].size() == x.cols && c.out[1].size() == x.rows &&
               c.out[2].size() == x.rows,
           "expected gamma and beta [columns]");
  layer_norm(x.matrix(), c.in[1].floats(), c.in[2].floats(), static_cast<float>(c.numbers[0]), y.matrix(),
             c.out[1].floats(), c.out[2].floats(), c.abort);
}

void run_layer_norm_gradient(const Call& c) {
  const Value &x = c.in[0], &gamma = c.in[1], &mean = c.in[2], &rstd = c.in[3], &dy = c.in[4];
  c.same(x, dy);
  c.same(x, c.out[0]);
  c.expect(gamma.size() == x.cols && c.out[1].size() == x.cols && c.out[2].size() == x.cols && mean.size() == x.rows &&
               rstd.size() == x.rows,
           "operands do not fit");
  layer_norm_gradient(x.matrix(), gamma.floats(), mean.floats(), rstd.floats(), dy.matrix(), c.out[0].matrix(),
                      c.out[1].floats(), c.out[2].floats(), c.abort);
}

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

// numbers: heads, scale, causal
AttentionShape attention_shape_of(const Call& c, const Value& offsets) {
  return {sequences_of(c, offsets), static_cast<int64_t>(c.numbers[0]), static_cast<float>(c.numbers[1]),
          c.numbers[2] != 0};
}

void run_attention(const Call& c) {
  const Value &q = c.in[0], &k = c.in[1], &v = c.in[2], &y = c.out[0], &log_sums = c.out[1];
  const AttentionShape shape = attention_shape_of(c, c.in[3]);
  for (const Value* value : {&k, &v, &y}) c.same(q, *value);
  c.expect(log_sums.size() == q.rows * shape.heads, "expected a sum of each token and head");
  attention(shape, q.matrix(), k.matrix(), v.matrix(), y.matrix(), log_sums.floats(), c.abort);
}

void run_attention_gradient(const Call& c) {
  const Value &q = c.in[0], &k = c.in[1], &v = c.in[2], &y = c.in[4], &log_sums = c.in[5], &dy = c.in[6];
  const AttentionShape shape = attention_shape_of(c, c.in[3]);
  for (const Value* value : {&k, &v, &y, &dy, &c.out[0], &c.out[1], &c.out[2]}) c.same(q, *value);
  c.expect(log_sums.size() == q.rows * shape.heads, "expected a sum of each token and head");
  attention_gradient(shape, q.matrix(), k.matrix(), v.matrix(), y.matrix(), log_sums.floats(), dy.matrix(),
                     c.out[0].matrix(), c.out[1].matrix(), c.out[2].matrix(), c.abort);
}

void run_gather_rows(const Call& c) {
  c.expect(c.in[1].size() == c.out[0].rows && c.in[0].cols == c.out[0].cols, "expected a row for each id");
  gather_rows(c.in[0].matrix(), c.in[1].ints(), c.out[0].matrix(), c.abort);
}

void run_scatter_rows(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows && c.in[0].cols == c.out[0].cols, "expected an id for each row");
  scatter_rows(c.in[0].matrix(), c.in[1].ints(), c.out[0].matrix(), c.abort);
}

void run_sum_by_row(const Call& c) {
  const Value &dy = c.in[0], &ids = c.in[1];
  c.same(dy, c.out[1]);
  c.expect(ids.size() == dy.rows && c.out[0].size() == dy.rows, "expected an id for each row");
  sum_by_row(dy.matrix(), ids.ints(), c.out[0].ints(), c.out[1].matrix(), c.abort);
}

void run_sequence_mean(const Call& c) {
  const Sequences sequences = sequences_of(c, c.in[1]);
  c.expect(c.out[0].rows == sequences.count && c.out[0].cols == c.in[0].cols, "expected a row for each sequence");
  sequence_mean(c.in[0].matrix(), sequences, c.out[0].matrix(), c.abort);
}

void run_sequence_mean_gradient(const Call& c) {
  const Sequences sequences = sequences_of(c, c.in[1]);
  c.expect(c.in[0].rows == sequences.count && c.out[0].cols == c.in[0].cols, "expected a row for each sequence");
  sequence_mean_gradient(c.in[0].matrix(), sequences, c.out[0].matrix(), c.abort);
}

// out [sequences]: the first token of each; ERR_VALUE for an empty one
void run_sequence_starts(const Call& c) {
  const Sequences sequences = sequences_of(c, c.in[0]);
  c.expect(c.out[0].size() == sequences.count, "expected a number for each sequence");
  for (int64_t s = 0; s < sequences.count; ++s) {
    if (sequences.offsets[s] >= sequences.offsets[s + 1]) fail_value("sequence " + std::to_string(s) + " is empty.");
    c.out[0].ints()[s] = sequences.offsets[s];
  }
}

void run_unit_rows(const Call& c) {
  c.same(c.in[0], c.out[0]);
  c.expect(c.out[1].size() == c.in[0].rows, "expected a norm of each row");
  unit_rows(c.in[0].matrix(), c.out[0].matrix(), c.out[1].floats(), c.abort);
}

void run_unit_rows_gradient(const Call& c) {
  const Value &y = c.in[0], &norms = c.in[1], &dy = c.in[2];
  c.same(y, dy);
  c.same(y, c.out[0]);
  c.expect(norms.size() == y.rows, "expected a norm of each row");
  unit_rows_gradient(y.matrix(), norms.floats(), dy.matrix(), c.out[0].matrix(), c.abort);
}

void run_row_dots(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.expect(c.out[0].size() == c.in[0].rows, "expected a number of each row");
  row_dots(c.in[0].matrix(), c.in[1].matrix(), c.out[0].floats(), c.abort);
}

void run_scale_rows(const Call& c) {
  c.same(c.in[0], c.out[0]);
  c.expect(c.in[1].size() == c.in[0].rows, "expected a factor of each row");
  scale_rows(c.in[0].matrix(), c.in[1].floats(), c.out[0].matrix(), c.abort);
}

void run_softmax(const Call& c) {
  c.same(c.in[0], c.out[0]);
  softmax_rows(c.in[0].matrix(), c.out[0].matrix(), c.abort);
}

void run_cross_entropy(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label for each row");
  *c.out[0].floats() = cross_entropy(c.in[0].matrix(), c.in[1].ints(), c.abort);
}

void run_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label for each row");
  cross_entropy_gradient(c.in[0].matrix(), c.in[1].ints(), *c.in[2].floats(), c.out[0].matrix(), c.abort);
}

void run_binary_cross_entropy(const Call& c) {
  c.same(c.in[0], c.in[1]);
  *c.out[0].floats() = binary_cross_entropy(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.abort);
}

void run_binary_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  binary_cross_entropy_gradient(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), *c.in[2].floats(),
                                c.out[0].floats(), c.abort);
}

void run_squared_error(const Call& c) {
  c.same(c.in[0], c.in[1]);
  *c.out[0].floats() = squared_error(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.abort);
}

void run_squared_error_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  squared_error_gradient(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), *c.in[2].floats(), c.out[0].floats(),
                         c.abort);
}

// in: x, seed [2] of the run; numbers: rate, number of this dropout in the program
void run_dropout(const Call& c) {
  const Value &x = c.in[0], &seed = c.in[1];
  c.same(x, c.out[0]);
  c.expect(seed.size() == 2, "expected a seed of two integers");
  const double rate = c.numbers[0];
  if (!(rate >= 0 && rate < 1)) fail_value("dropout: expected a rate in [0, 1).");
  const uint64_t of_run = static_cast<uint32_t>(seed.ints()[0]) | static_cast<uint64_t>(seed.ints()[1]) << 32;
  dropout(x.floats(), x.size(), static_cast<float>(rate), mix_seeds(of_run, static_cast<uint64_t>(c.numbers[1])),
          c.out[0].floats(), c.abort);
}

// out = min(1, numbers[0] / norm) of all inputs together, after Pascanu, Mikolov, Bengio 2013; and the norm
void run_clip_factor(const Call& c) {
  double total = 0;
  for (const Value& gradient : c.in) total += sum_of_squares(gradient.floats(), gradient.size(), c.abort);
  const double norm = std::sqrt(total);
  *c.out[0].floats() = static_cast<float>(norm > c.numbers[0] ? c.numbers[0] / norm : 1.0);
  *c.out[1].floats() = static_cast<float>(norm);
}

// Stops the run if a number of its input is none.
void run_check_finite(const Call& c) {
  for (int64_t i = 0; i < c.in[0].size(); ++i)
    if (!std::isfinite(c.in[0].floats()[i]))
      throw Error("ERR_NOT_FINITE", "the loss is " + std::to_string(c.in[0].floats()[i]) + ".");
}

// in: ..., rate, scale of the gradient, step from 1; numbers: beta1, beta2, epsilon, decay
AdamW adamw_of(const Call& c, size_t at) {
  c.expect(c.in[at].size() == 1 && c.in[at + 1].size() == 1 && c.in[at + 2].size() == 1,
           "expected a number each for rate, scale and step");
  return {.rate = *c.in[at].floats(),
          .beta1 = static_cast<float>(c.numbers[0]),
          .beta2 = static_cast<float>(c.numbers[1]),
          .epsilon = static_cast<float>(c.numbers[2]),
          .decay = static_cast<float>(c.numbers[3]),
          .scale = *c.in[at + 1].floats(),
          .step = std::max(1, *c.in[at + 2].ints())};
}

void run_adamw(const Call& c) {
  for (const Value& value : c.out) c.same(c.in[0], value);
  adamw(adamw_of(c, 1), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.out[1].floats(), c.out[2].floats(),
        c.abort);
}

void run_adamw_rows(const Call& c) {
  const Value &rows = c.in[0], &sums = c.in[1], &weights = c.out[0];
  for (const Value& value : c.out) c.same(weights, value);
  c.expect(rows.size() == sums.rows && sums.cols == weights.cols, "operands do not fit");
  for (int64_t i = 0; i < rows.size(); ++i)
    c.expect(rows.ints()[i] < weights.rows, "expected rows of the weights");
  adamw_rows(adamw_of(c, 2), rows.ints(), sums.matrix(), weights.matrix(), c.out[1].matrix(), c.out[2].matrix(),
             c.abort);
}

constexpr Operation kOperations[] = {
    {"linear", "fff?", "f", 0, run_linear},
    {"linear_input_gradient", "ff", "f", 0, run_linear_input_gradient},
    {"linear_weight_gradient", "ff", "f", 0, run_linear_weight_gradient},
    {"column_sums", "f", "f", 0, run_column_sums},
    {"add", "f*", "f", 0, run_add},
    {"fill", "", "f", 1, run_fill},
    {"scale", "f", "f", 1, run_scale},
    {"activation", "f", "f", 1, run_activation},
    {"activation_gradient", "ff", "f", 1, run_activation_gradient},
    {"layer_norm", "fff", "fff", 1, run_layer_norm},
    {"layer_norm_gradient", "fffff", "fff", 0, run_layer_norm_gradient},
    {"attention", "fffi", "ff", 3, run_attention},
    {"attention_gradient", "fffifff", "fff", 3, run_attention_gradient},
    {"gather_rows", "fi", "f", 0, run_gather_rows},
    {"scatter_rows", "fi", "f", 0, run_scatter_rows},
    {"sum_by_row", "fi", "if", 0, run_sum_by_row},
    {"sequence_mean", "fi", "f", 0, run_sequence_mean},
    {"sequence_mean_gradient", "fi", "f", 0, run_sequence_mean_gradient},
    {"sequence_starts", "i", "i", 0, run_sequence_starts},
    {"unit_rows", "f", "ff", 0, run_unit_rows},
    {"unit_rows_gradient", "fff", "f", 0, run_unit_rows_gradient},
    {"row_dots", "ff", "f", 0, run_row_dots},
    {"scale_rows", "ff", "f", 0, run_scale_rows},
    {"softmax", "f", "f", 0, run_softmax},
    {"cross_entropy", "fi", "f", 0, run_cross_entropy},
    {"cross_entropy_gradient", "fif", "f", 0, run_cross_entropy_gradient},
    {"binary_cross_entropy", "ff", "f", 0, run_binary_cross_entropy},
    {"binary_cross_entropy_gradient", "fff", "f", 0, run_binary_cross_entropy_gradient},
    {"squared_error", "ff", "f", 0, run_squared_error},
    {"squared_error_gradient", "fff", "f", 0, run_squared_error_gradient},
    {"dropout", "fi", "f", 2, run_dropout},
    {"clip_factor", "f*", "ff", 1, run_clip_factor},
    {"check_finite", "f", "", 0, run_check_finite},
    {"adamw", "fffi", "fff", 4, run_adamw},
    {"adamw_rows", "ifffi", "fff", 4, run_adamw_rows},
};

}  // namespace

const Operation* find_operation(const std::string& name) {
  const auto found =
      std::find_if(std::begin(kOperations), std::end(kOperations), [&](const Operation& op) { return name == op.name; });
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace kindred::nn

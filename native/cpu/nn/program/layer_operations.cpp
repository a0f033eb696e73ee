// Operations on all numbers of a tensor: products, functions, dropout.
#include <algorithm>

#include "cpu/nn/program/operation.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/nn/layers/dropout.h"
#include "kindred/nn/layers/linear.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 13;

Precision precision_of(const Call& c) { return c.numbers[0] == 1 ? Precision::bf16 : Precision::f32; }

void run_linear(const Call& c) {
  const Value &x = c.in[0], &w = c.in[1], &bias = c.in[2], &y = c.out[0];
  c.expect(x.cols == w.cols && y.rows == x.rows && y.cols == w.rows && (bias.absent() || bias.size() == w.rows),
           "expected x [rows, inputs], weights [outputs, inputs], bias [outputs]");
  linear(x.matrix(), w.matrix(), bias.floats(), y.matrix(), c.scratch, c.abort, precision_of(c));
}

void run_linear_input_gradient(const Call& c) {
  const Value &dy = c.in[0], &w = c.in[1], &dx = c.out[0];
  c.expect(dy.cols == w.rows && dx.rows == dy.rows && dx.cols == w.cols, "operands do not fit");
  linear_input_gradient(dy.matrix(), w.matrix(), dx.matrix(), c.scratch, c.abort, precision_of(c));
}

void run_linear_weight_gradient(const Call& c) {
  const Value &dy = c.in[0], &x = c.in[1], &dw = c.out[0];
  c.expect(dy.rows == x.rows && dw.rows == dy.cols && dw.cols == x.cols, "operands do not fit");
  linear_weight_gradient(dy.matrix(), x.matrix(), dw.matrix(), c.scratch, c.abort, precision_of(c));
}

void run_column_sums(const Call& c) {
  c.expect(c.out[0].size() == c.in[0].cols, "expected as many sums as columns");
  column_sums(c.in[0].matrix(), c.out[0].floats(), c.abort);
}

void run_add(const Call& c) {
  const Value& out = c.out[0];
  for (const Value& value : c.in) c.same(value, out);
  parallel_for(out.size(), kBlock, c.abort, [&](int64_t begin, int64_t end) {
    std::copy(c.in[0].floats() + begin, c.in[0].floats() + end, out.floats() + begin);
    for (size_t n = 1; n < c.in.size(); ++n)
      kernels().axpy(1.0f, c.in[n].floats() + begin, out.floats() + begin, end - begin);
  });
}

void run_fill(const Call& c) { std::fill_n(c.out[0].floats(), c.out[0].size(), static_cast<float>(c.numbers[0])); }

void run_scale(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  std::copy_n(x.floats(), x.size(), y.floats());
  kernels().scale(static_cast<float>(c.numbers[0]), y.floats(), y.size());
}

Activation activation_of(const Call& c) { return static_cast<Activation>(static_cast<int>(c.numbers[0])); }

void run_activation(const Call& c) {
  c.same(c.in[0], c.out[0]);
  activate(activation_of(c), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

void run_activation_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  activation_gradient(activation_of(c), c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

void run_dropout(const Call& c) {
  const Value& x = c.in[0];
  c.same(x, c.out[0]);
  dropout(x.floats(), x.size(), static_cast<float>(c.numbers[0]), c.seed(c.in[1], c.numbers[1]), c.out[0].floats(),
          c.abort);
}

constexpr Operation kOperations[] = {
    {"linear", "fff?", "f", "b", run_linear},
    {"linear_input_gradient", "ff", "f", "b", run_linear_input_gradient},
    {"linear_weight_gradient", "ff", "f", "b", run_linear_weight_gradient},
    {"column_sums", "f", "f", "", run_column_sums},
    {"add", "f*", "f", "", run_add},
    {"fill", "", "f", "x", run_fill},
    {"scale", "f", "f", "x", run_scale},
    {"activation", "f", "f", "a", run_activation},
    {"activation_gradient", "ff", "f", "a", run_activation_gradient},
    {"dropout", "fi", "f", "rn", run_dropout},
};

}  // namespace

std::span<const Operation> layer_operations() { return kOperations; }

}  // namespace kindred::nn

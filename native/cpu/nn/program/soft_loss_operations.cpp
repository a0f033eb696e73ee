// Losses of distributions, of weighted rows, with a margin, and over large vocabularies.
#include <algorithm>
#include <numeric>

#include "cpu/nn/program/operation.h"
#include "kindred/nn/losses/large_softmax.h"
#include "kindred/nn/losses/margin.h"
#include "kindred/nn/losses/soft_loss.h"

namespace kindred::nn {
namespace {

const float* weights_of(const Call& c, const Value& weights) {
  c.expect(weights.absent() || weights.size() == c.in[0].rows, "expected a weight of each row");
  return weights.floats();
}

SoftTargets soft_targets_of(const Call& c, const Value& weights) {
  c.same(c.in[0], c.in[1]);
  return {c.in[1].matrix(), weights_of(c, weights), static_cast<float>(c.numbers[0]), c.numbers[1] != 0};
}

void run_soft_cross_entropy(const Call& c) {
  c.scalar(c.out[0]) = soft_cross_entropy(c.in[0].matrix(), soft_targets_of(c, c.in[2]), c.abort);
}

void run_soft_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  soft_cross_entropy_gradient(c.in[0].matrix(), soft_targets_of(c, c.in[2]), c.scalar(c.in[3]), c.out[0].matrix(),
                              c.abort);
}

SmoothLabels smooth_labels_of(const Call& c, const Value& weights) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label for each row");
  return {c.in[1].ints(), weights_of(c, weights), static_cast<float>(c.numbers[0])};
}

void run_smooth_cross_entropy(const Call& c) {
  c.scalar(c.out[0]) = smooth_cross_entropy(c.in[0].matrix(), smooth_labels_of(c, c.in[2]), c.abort);
}

void run_smooth_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  smooth_cross_entropy_gradient(c.in[0].matrix(), smooth_labels_of(c, c.in[2]), c.scalar(c.in[3]), c.out[0].matrix(),
                                c.abort);
}

ExcludedClasses excluded_of(const Call& c, const Value& excluded) {
  if (excluded.absent()) return {};
  c.expect(excluded.rows == c.in[0].rows, "expected excluded classes of each row");
  return {excluded.ints(), excluded.cols};
}

LargeSoftmax large_softmax_of(const Call& c) {
  const Value &x = c.in[0], &w = c.in[1], &bias = c.in[2], &labels = c.in[3], &factors = c.in[4];
  c.expect(x.cols == w.cols && labels.size() == x.rows && (bias.absent() || bias.size() == w.rows),
           "expected x [rows, dims], weights [classes, dims], bias [classes], labels [rows]");
  c.expect(factors.absent() || factors.size() == x.rows, "expected a factor of each row");
  return {x.matrix(), w.matrix(), bias.floats(), labels.ints(), factors.floats(), excluded_of(c, c.in[5])};
}

void run_linear_cross_entropy(const Call& c) {
  c.expect(c.out[1].size() == c.in[0].rows, "expected a loss of each row");
  c.scalar(c.out[0]) = linear_cross_entropy(large_softmax_of(c), c.out[1].floats(), c.scratch, c.abort);
}

// Where it is wanted, as the number says, a gradient is as large as its operand; outputs before the gradients are
// skipped.
float* wanted(const Call& c, size_t n, size_t skipped = 0) {
  if (c.numbers[n] == 0) return nullptr;
  const Value& gradient = c.out[n + skipped];
  c.expect(gradient.size() == (c.in[n].absent() ? 0 : c.in[n].size()), "operands do not fit");
  return gradient.floats();
}

void run_linear_cross_entropy_with_gradient(const Call& c) {
  c.expect(c.numbers[2] == 0 || !c.in[2].absent(), "there is no bias");
  c.scalar(c.out[0]) = linear_cross_entropy_with_gradient(
      large_softmax_of(c), {wanted(c, 0, 1), wanted(c, 1, 1), wanted(c, 2, 1)}, c.scratch, c.abort);
}

void run_linear_cross_entropy_gradient(const Call& c) {
  c.expect(c.in[6].size() == c.in[0].rows, "expected a loss of each row");
  c.expect(c.numbers[2] == 0 || !c.in[2].absent(), "there is no bias");
  linear_cross_entropy_gradient(large_softmax_of(c), c.in[6].floats(), c.scalar(c.in[7]),
                                {wanted(c, 0), wanted(c, 1), wanted(c, 2)}, c.scratch, c.abort);
}

// numbers: which of the run's draws it is
void run_sample_linear(const Call& c) {
  const Value &x = c.in[0], &w = c.in[1], &bias = c.in[2];
  c.expect(x.cols == w.cols && (bias.absent() || bias.size() == w.rows) && c.out[0].size() == x.rows,
           "expected x [rows, dims], weights [classes, dims], bias [classes], and room for a class of each row");
  sample_linear({x.matrix(), w.matrix(), bias.floats(), excluded_of(c, c.in[3]), c.seed(c.in[4], c.numbers[0])},
                c.out[0].ints(), c.scratch, c.abort);
}

SampledSoftmax sampled_softmax_of(const Call& c) {
  const Value &x = c.in[0], &w = c.in[1], &bias = c.in[2], &log_q = c.in[3], &ids = c.in[4];
  c.expect(x.cols == w.cols && w.rows >= x.rows && ids.size() == w.rows && (bias.absent() || bias.size() == w.rows) &&
               (log_q.absent() || log_q.size() == w.rows),
           "expected x [rows, dims], weights [rows + samples, dims], and bias, log_q and ids [rows + samples]");
  return {x.matrix(), w.matrix(), bias.floats(), log_q.floats(), ids.ints()};
}

void run_sampled_softmax(const Call& c) {
  const SampledSoftmax of = sampled_softmax_of(c);
  c.expect(c.out[1].rows == of.x.rows && c.out[1].cols == of.w.rows - of.x.rows && c.out[2].size() == of.x.rows,
           "expected probabilities [rows, samples] and [rows]");
  c.scalar(c.out[0]) = sampled_softmax(of, c.out[1].matrix(), c.out[2].floats(), c.scratch, c.abort);
}

void run_sampled_softmax_gradient(const Call& c) {
  const SampledSoftmax of = sampled_softmax_of(c);
  const Value &p = c.in[5], &own = c.in[6];
  c.same(c.in[0], c.out[0]);
  c.same(c.in[1], c.out[1]);
  c.expect(
      p.rows == of.x.rows && p.cols == of.w.rows - of.x.rows && own.size() == of.x.rows && c.out[2].size() == of.w.rows,
      "expected probabilities [rows, samples] and [rows]");
  sampled_softmax_gradient(of, p.matrix(), own.floats(), c.scalar(c.in[7]), c.out[0].matrix(), c.out[1].matrix(),
                           c.out[2].floats(), c.scratch, c.abort);
}

void run_join_ids(const Call& c) {
  int32_t* out = c.out[0].ints();
  int64_t count = 0;
  for (const Value& ids : c.in) count += ids.size();
  c.expect(c.out[0].size() == count, "expected room for all ids");
  for (const Value& ids : c.in) out = std::copy_n(ids.ints(), ids.size(), out);
}

template <Margin kind>
MarginLoss margin_loss_of(const Call& c) {
  const Value &x = c.in[0], &signs = c.in[1];
  if (!signs.absent()) c.same(x, signs);
  return {kind, x.floats(), signs.floats(), x.size(), static_cast<float>(c.numbers[0])};
}

template <Margin kind>
void run_margin(const Call& c) {
  c.scalar(c.out[0]) = margin_loss(margin_loss_of<kind>(c), c.abort);
}

template <Margin kind>
void run_margin_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  margin_loss_gradient(margin_loss_of<kind>(c), c.scalar(c.in[2]), c.out[0].floats(), c.abort);
}

template <NumberLoss kind>
WeightedLoss weighted_loss_of(const Call& c) {
  c.same(c.in[0], c.in[1]);
  return {kind, c.in[0].matrix(), c.in[1].matrix(), weights_of(c, c.in[2])};
}

template <NumberLoss kind>
void run_weighted(const Call& c) {
  c.scalar(c.out[0]) = weighted_loss(weighted_loss_of<kind>(c), c.abort);
}

template <NumberLoss kind>
void run_weighted_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  weighted_loss_gradient(weighted_loss_of<kind>(c), c.scalar(c.in[3]), c.out[0].matrix(), c.abort);
}

// The numbers of rows: labels of pairs that stand in one order.
void run_row_numbers(const Call& c) { std::iota(c.out[0].ints(), c.out[0].ints() + c.out[0].size(), 0); }

constexpr Operation kOperations[] = {
    {"soft_cross_entropy", "fff?", "f", "+b", run_soft_cross_entropy},
    {"soft_cross_entropy_gradient", "fff?f", "f", "+b", run_soft_cross_entropy_gradient},
    {"smooth_cross_entropy", "fif?", "f", "r", run_smooth_cross_entropy},
    {"smooth_cross_entropy_gradient", "fif?f", "f", "r", run_smooth_cross_entropy_gradient},
    {"linear_cross_entropy", "fff?if?i?", "ff", "", run_linear_cross_entropy},
    {"linear_cross_entropy_gradient", "fff?if?i?ff", "fff", "bbb", run_linear_cross_entropy_gradient},
    {"linear_cross_entropy_with_gradient", "fff?if?i?", "ffff", "bbb", run_linear_cross_entropy_with_gradient},
    {"sample_linear", "fff?i?i", "i", "n", run_sample_linear},
    {"hinge", "ff?", "f", "x", run_margin<Margin::hinge>},
    {"hinge_gradient", "ff?f", "f", "x", run_margin_gradient<Margin::hinge>},
    {"cosine_embedding", "ff?", "f", "x", run_margin<Margin::cosine>},
    {"cosine_embedding_gradient", "ff?f", "f", "x", run_margin_gradient<Margin::cosine>},
    {"weighted_binary_cross_entropy", "fff", "f", "", run_weighted<NumberLoss::binary_cross_entropy>},
    {"weighted_binary_cross_entropy_gradient", "ffff", "f", "",
     run_weighted_gradient<NumberLoss::binary_cross_entropy>},
    {"weighted_squared_error", "fff", "f", "", run_weighted<NumberLoss::squared_error>},
    {"weighted_squared_error_gradient", "ffff", "f", "", run_weighted_gradient<NumberLoss::squared_error>},
    {"row_numbers", "", "i", "", run_row_numbers},
    {"join_ids", "i*", "i", "", run_join_ids},
    {"sampled_softmax", "fff?f?i", "fff", "", run_sampled_softmax},
    {"sampled_softmax_gradient", "fff?f?ifff", "fff", "", run_sampled_softmax_gradient},
};

}  // namespace

std::span<const Operation> soft_loss_operations() { return kOperations; }

}  // namespace kindred::nn

// What a step of training ends with.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/nn/program/operation.h"
#include "kindred/nn/training/optimizer.h"

namespace kindred::nn {
namespace {

constexpr double kGreatest = std::numeric_limits<float>::max();

[[noreturn]] void fail_not_finite(const char* what, double value) {
  throw Error("ERR_NOT_FINITE",
              std::string(what) + " is " + (std::isfinite(value) ? "too large" : std::to_string(value)) + ".");
}

double squares_of(const Call& c, const Value& gradient) {
  const auto [found, is_new] = c.squares.try_emplace(gradient.id, 0.0);
  if (is_new) found->second = sum_of_squares(gradient.floats(), gradient.size(), c.abort);
  return found->second;
}

// out = min(1, numbers[0] / norm) of all inputs together, after Pascanu, Mikolov, Bengio 2013; and the norm
void run_clip_factor(const Call& c) {
  float &factor = c.scalar(c.out[0]), &norm = c.scalar(c.out[1]);
  double total = 0;
  for (const Value& gradient : c.in) total += squares_of(c, gradient);
  const double length = std::sqrt(total);
  if (!(length <= kGreatest)) fail_not_finite("the norm of the gradients", length);
  factor = static_cast<float>(length > c.numbers[0] ? c.numbers[0] / length : 1.0);
  norm = static_cast<float>(length);
}

// Stops the run if a number of its input is none.
void run_check_finite(const Call& c) {
  for (int64_t i = 0; i < c.in[0].size(); ++i)
    if (!std::isfinite(c.in[0].floats()[i])) fail_not_finite("the loss", c.in[0].floats()[i]);
}

// Inputs of every rule, from `at` on: rate, scale of the gradient, step from 1. Numbers, by rule:
//   sgd, momentum, nesterov: decay, and beta1 of the latter two; adagrad: decay, epsilon; adam, adamw: decay, epsilon,
//   beta1, beta2; ftrl: lambda2, beta, lambda1
OptimizerStep step_of(const Call& c, UpdateRule rule, size_t at) {
  c.expect(c.in[at + 2].size() == 1, "expected a tensor of one number");
  const auto number = [&](size_t n) { return n < c.numbers.size() ? static_cast<float>(c.numbers[n]) : 0.0f; };
  OptimizerStep step{.rule = rule,
                     .rate = c.scalar(c.in[at]),
                     .scale = c.scalar(c.in[at + 1]),
                     .decay = number(0),
                     .step = *c.in[at + 2].ints()};
  if (rule == UpdateRule::momentum || rule == UpdateRule::nesterov || rule == UpdateRule::ftrl)
    step.beta1 = number(1);
  else
    step.epsilon = number(1);
  if (rule == UpdateRule::adam || rule == UpdateRule::adamw) {
    step.beta1 = number(2);
    step.beta2 = number(3);
  }
  if (rule == UpdateRule::ftrl) step.l1 = number(2);
  return step;
}

void check_factor(const Call& c, float value, const char* what, float least = 0) {
  if (!(value >= least && value <= kGreatest))
    fail_value(std::string(c.name) + ": expected a " + what + (least > 0 ? " above 0" : " of at least 0") +
               " but received " + std::to_string(value) + ".");
}

void check_step(const Call& c, const OptimizerStep& step, const Value& gradient) {
  for (const Value& value : c.out) c.same(c.out[0], value);
  check_factor(c, step.rate, "rate", step.rule == UpdateRule::ftrl ? std::numeric_limits<float>::min() : 0.0f);
  check_factor(c, step.scale, "scale of the gradient");
  if (step.step < 1)
    fail_value(std::string(c.name) + ": expected a step from 1 but received " + std::to_string(step.step) + ".");
  // So that no square of the gradient is beyond the largest float.
  const double squares = double(step.scale) * step.scale * squares_of(c, gradient);
  if (!(squares <= kGreatest)) fail_not_finite("the sum of the squares of a gradient", squares);
}

void check_rows(const Call& c, const Value& rows, const Value& values) {
  const Value& table = c.out[0];
  c.expect(rows.size() == values.rows && values.cols == table.cols, "operands do not fit");
  int32_t before = -1;  // rows that are named twice would be written by two threads
  for (int64_t i = 0; i < rows.size(); ++i) {
    const int32_t row = rows.ints()[i];
    if (row < -1 || row >= table.rows || (row >= 0 && row <= before))
      fail_value(std::string(c.name) + ": expected rows of the weights that ascend, or -1, but received " +
                 std::to_string(row) + ".");
    before = std::max(before, row);
  }
}

// What a rule keeps, of those that it keeps.
Value kept(const Call& c, size_t n) { return n < c.out.size() ? c.out[n] : Value{}; }

template <UpdateRule kRule>
void check_update(const Call& c) {
  c.same(c.in[0], c.out[0]);
  check_step(c, step_of(c, kRule, 1), c.in[0]);
}

template <UpdateRule kRule>
void run_update(const Call& c) {
  update(step_of(c, kRule, 1), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), kept(c, 1).floats(),
         kept(c, 2).floats(), c.abort);
}

template <UpdateRule kRule>
void check_update_rows(const Call& c) {
  check_rows(c, c.in[0], c.in[1]);
  check_step(c, step_of(c, kRule, 2), c.in[1]);
}

template <UpdateRule kRule>
void run_update_rows(const Call& c) {
  update_rows(step_of(c, kRule, 2), c.in[0].ints(), c.in[1].matrix(), c.out[0].matrix(), kept(c, 1).matrix(),
              kept(c, 2).matrix(), c.abort);
}

// out = in[1] out + in[2] in[0]
void check_blend(const Call& c) {
  c.same(c.in[0], c.out[0]);
  for (const size_t n : {1, 2}) check_factor(c, c.scalar(c.in[n]), "factor");
}

void run_blend(const Call& c) {
  blend(c.scalar(c.in[1]), c.scalar(c.in[2]), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.abort);
}

// out[in[0]] += in[2] in[1]
void check_add_to_rows(const Call& c) {
  check_rows(c, c.in[0], c.in[1]);
  check_factor(c, c.scalar(c.in[2]), "factor");
}

void run_add_to_rows(const Call& c) {
  blend_rows(1, c.scalar(c.in[2]), c.in[0].ints(), c.in[1].matrix(), c.out[0].matrix(), c.abort);
}

// out[in[0]] = 0
void check_clear_rows(const Call& c) {
  const Value &rows = c.in[0], &table = c.out[0];
  for (int64_t i = 0; i < rows.size(); ++i)
    if (const int32_t row = rows.ints()[i]; row < -1 || row >= table.rows)
      fail_value("clear_rows: expected rows of the table, or -1, but received " + std::to_string(row) + ".");
}

void run_clear_rows(const Call& c) {
  for (int64_t i = 0; i < c.in[0].size(); ++i)
    if (const int32_t row = c.in[0].ints()[i]; row >= 0) std::fill_n(c.out[0].matrix().row(row), c.out[0].cols, 0.0f);
}

template <UpdateRule kRule>
constexpr Operation dense(const char* name, const char* changed, const char* numbers) {
  return {name, "fffi", changed, numbers, run_update<kRule>, check_update<kRule>};
}

template <UpdateRule kRule>
constexpr Operation rows(const char* name, const char* changed, const char* numbers) {
  return {name, "ifffi", changed, numbers, run_update_rows<kRule>, check_update_rows<kRule>};
}

constexpr Operation kOperations[] = {
    {"clip_factor", "f*", "ff", "+", run_clip_factor},
    {"check_finite", "f", "", "", run_check_finite},
    {"blend", "fff", "b", "", run_blend, check_blend},
    {"add_to_rows", "iff", "b", "", run_add_to_rows, check_add_to_rows},
    {"clear_rows", "i", "b", "", run_clear_rows, check_clear_rows},
    dense<UpdateRule::sgd>("sgd", "b", "0"),
    rows<UpdateRule::sgd>("sgd_rows", "b", "0"),
    dense<UpdateRule::momentum>("momentum", "bb", "0r"),
    rows<UpdateRule::momentum>("momentum_rows", "bb", "0r"),
    dense<UpdateRule::nesterov>("nesterov", "bb", "0r"),
    rows<UpdateRule::nesterov>("nesterov_rows", "bb", "0r"),
    dense<UpdateRule::adagrad>("adagrad", "bb", "0+"),
    rows<UpdateRule::adagrad>("adagrad_rows", "bb", "0+"),
    dense<UpdateRule::adam>("adam", "bbb", "0+rr"),
    rows<UpdateRule::adam>("adam_rows", "bbb", "0+rr"),
    dense<UpdateRule::adamw>("adamw", "bbb", "0+rr"),
    rows<UpdateRule::adamw>("adamw_rows", "bbb", "0+rr"),
    dense<UpdateRule::ftrl>("ftrl", "bbb", "0+0"),
    rows<UpdateRule::ftrl>("ftrl_rows", "bbb", "0+0"),
};

}  // namespace

std::span<const Operation> optimizer_operations() { return kOperations; }

}  // namespace kindred::nn

// What a step of training ends with.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/nn/operation.h"
#include "kindred/nn/optimizer.h"

namespace kindred::nn {
namespace {

constexpr double kGreatest = std::numeric_limits<float>::max();

[[noreturn]] void fail_not_finite(const char* what, double value) {
  throw Error("ERR_NOT_FINITE",
              std::string(what) + " is " + (std::isfinite(value) ? "too large" : std::to_string(value)) + ".");
}

// out = min(1, numbers[0] / norm) of all inputs together, after Pascanu, Mikolov, Bengio 2013; and the norm
void run_clip_factor(const Call& c) {
  float &factor = c.scalar(c.out[0]), &norm = c.scalar(c.out[1]);
  double total = 0;
  for (const Value& gradient : c.in) total += sum_of_squares(gradient.floats(), gradient.size(), c.abort);
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

// in: ..., rate, scale of the gradient, step from 1; numbers: beta1, beta2, epsilon, decay
AdamW adamw_of(const Call& c, size_t at) {
  c.expect(c.in[at + 2].size() == 1, "expected a tensor of one number");
  return {.rate = c.scalar(c.in[at]),
          .beta1 = static_cast<float>(c.numbers[0]),
          .beta2 = static_cast<float>(c.numbers[1]),
          .epsilon = static_cast<float>(c.numbers[2]),
          .decay = static_cast<float>(c.numbers[3]),
          .scale = c.scalar(c.in[at + 1]),
          .step = *c.in[at + 2].ints()};
}

void check_step(const Call& c, const AdamW& step, const Value& gradient) {
  for (const Value& value : c.out) c.same(c.out[0], value);
  const auto number = [&](float value, const char* what) {
    if (!(value >= 0 && value <= kGreatest))
      fail_value(std::string(c.name) + ": expected a " + what + " of at least 0 but received " + std::to_string(value) +
                 ".");
  };
  number(step.rate, "rate");
  number(step.scale, "scale of the gradient");
  if (step.step < 1)
    fail_value(std::string(c.name) + ": expected a step from 1 but received " + std::to_string(step.step) + ".");
  // So that no square of the gradient is beyond the largest float.
  const double squares = double(step.scale) * step.scale * sum_of_squares(gradient.floats(), gradient.size(), c.abort);
  if (!(squares <= kGreatest)) fail_not_finite("the sum of the squares of a gradient", squares);
}

void check_adamw(const Call& c) {
  c.same(c.in[0], c.out[0]);
  check_step(c, adamw_of(c, 1), c.in[0]);
}

void run_adamw(const Call& c) {
  adamw(adamw_of(c, 1), c.in[0].floats(), c.in[0].size(), c.out[0].floats(), c.out[1].floats(), c.out[2].floats(),
        c.abort);
}

void check_adamw_rows(const Call& c) {
  const Value &rows = c.in[0], &sums = c.in[1], &weights = c.out[0];
  c.expect(rows.size() == sums.rows && sums.cols == weights.cols, "operands do not fit");
  int32_t before = -1;  // rows that are named twice would be written by two threads
  for (int64_t i = 0; i < rows.size(); ++i) {
    const int32_t row = rows.ints()[i];
    if (row < -1 || row >= weights.rows || (row >= 0 && row <= before))
      fail_value("adamw_rows: expected rows of the weights that ascend, or -1, but received " + std::to_string(row) +
                 ".");
    before = std::max(before, row);
  }
  check_step(c, adamw_of(c, 2), sums);
}

void run_adamw_rows(const Call& c) {
  adamw_rows(adamw_of(c, 2), c.in[0].ints(), c.in[1].matrix(), c.out[0].matrix(), c.out[1].matrix(), c.out[2].matrix(),
             c.abort);
}

constexpr Operation kOperations[] = {
    {"clip_factor", "f*", "ff", "+", run_clip_factor},
    {"check_finite", "f", "", "", run_check_finite},
    {"adamw", "fffi", "bbb", "rr+0", run_adamw, check_adamw},
    {"adamw_rows", "ifffi", "bbb", "rr+0", run_adamw_rows, check_adamw_rows},
};

}  // namespace

std::span<const Operation> optimizer_operations() { return kOperations; }

}  // namespace kindred::nn

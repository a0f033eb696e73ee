// Normalisation, and the running averages that it keeps.
#include <cmath>

#include "cpu/nn/program/operation.h"
#include "kindred/nn/layers/norm.h"

namespace kindred::nn {
namespace {

void run_layer_norm(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  c.expect(
      c.in[1].size() == x.cols && c.in[2].size() == x.cols && c.out[1].size() == x.rows && c.out[2].size() == x.rows,
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

void run_rms_norm(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  c.expect(c.in[1].size() == x.cols && c.out[1].size() == x.rows, "expected gamma [columns]");
  rms_norm(x.matrix(), c.in[1].floats(), static_cast<float>(c.numbers[0]), y.matrix(), c.out[1].floats(), c.abort);
}

void run_rms_norm_gradient(const Call& c) {
  const Value &x = c.in[0], &gamma = c.in[1], &rstd = c.in[2], &dy = c.in[3];
  c.same(x, dy);
  c.same(x, c.out[0]);
  c.expect(gamma.size() == x.cols && c.out[1].size() == x.cols && rstd.size() == x.rows, "operands do not fit");
  rms_norm_gradient(x.matrix(), gamma.floats(), rstd.floats(), dy.matrix(), c.out[0].matrix(), c.out[1].floats(),
                    c.abort);
}

void run_batch_norm(const Call& c) {
  const Value &x = c.in[0], &y = c.out[0];
  c.same(x, y);
  for (const Value* value : {&c.in[1], &c.in[2], &c.out[1], &c.out[2], &c.out[3]})
    c.expect(value->size() == x.cols, "expected a number of each column");
  batch_norm(x.matrix(), c.in[1].floats(), c.in[2].floats(), static_cast<float>(c.numbers[0]), y.matrix(),
             c.out[1].floats(), c.out[2].floats(), c.out[3].floats(), c.abort);
}

void run_batch_norm_gradient(const Call& c) {
  const Value &x = c.in[0], &dy = c.in[4];
  c.same(x, dy);
  c.same(x, c.out[0]);
  for (const Value* value : {&c.in[1], &c.in[2], &c.in[3], &c.out[1], &c.out[2]})
    c.expect(value->size() == x.cols, "expected a number of each column");
  batch_norm_gradient(x.matrix(), c.in[1].floats(), c.in[2].floats(), c.in[3].floats(), dy.matrix(), c.out[0].matrix(),
                      c.out[1].floats(), c.out[2].floats(), c.abort);
}

void check_running_average(const Call& c) {
  c.same(c.in[0], c.out[0]);
  for (int64_t i = 0; i < c.in[0].size(); ++i)
    if (!std::isfinite(c.in[0].floats()[i])) throw Error("ERR_NOT_FINITE", "a mean or variance of the batch is none.");
}

// buffer = (1 - momentum) buffer + momentum x
void run_running_average(const Call& c) {
  const auto momentum = static_cast<float>(c.numbers[0]);
  float* const kept = c.out[0].floats();
  for (int64_t i = 0; i < c.in[0].size(); ++i) kept[i] += momentum * (c.in[0].floats()[i] - kept[i]);
}

constexpr Operation kOperations[] = {
    {"layer_norm", "fff", "fff", "0", run_layer_norm},
    {"layer_norm_gradient", "fffff", "fff", "", run_layer_norm_gradient},
    {"rms_norm", "ff", "ff", "0", run_rms_norm},
    {"rms_norm_gradient", "ffff", "ff", "", run_rms_norm_gradient},
    {"batch_norm", "fff", "ffff", "0", run_batch_norm},
    {"batch_norm_gradient", "fffff", "fff", "", run_batch_norm_gradient},
    {"running_average", "f", "b", "r", run_running_average, check_running_average},
};

}  // namespace

std::span<const Operation> norm_operations() { return kOperations; }

}  // namespace kindred::nn

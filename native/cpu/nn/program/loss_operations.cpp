// Losses and what they are made of.
#include "cpu/nn/program/operation.h"
#include "kindred/nn/losses/loss.h"

namespace kindred::nn {
namespace {

void run_softmax(const Call& c) {
  c.same(c.in[0], c.out[0]);
  softmax_rows(c.in[0].matrix(), c.out[0].matrix(), c.abort);
}

void run_log_softmax(const Call& c) {
  c.same(c.in[0], c.out[0]);
  log_softmax_rows(c.in[0].matrix(), c.out[0].matrix(), c.abort);
}

template <auto gradient>
void run_rows_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  gradient(c.in[0].matrix(), c.in[1].matrix(), c.out[0].matrix(), c.abort);
}

void run_cross_entropy(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label for each row");
  c.scalar(c.out[0]) = cross_entropy(c.in[0].matrix(), c.in[1].ints(), c.abort);
}

void run_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.out[0]);
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label for each row");
  cross_entropy_gradient(c.in[0].matrix(), c.in[1].ints(), c.scalar(c.in[2]), c.out[0].matrix(), c.abort);
}

void run_binary_cross_entropy(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.scalar(c.out[0]) = binary_cross_entropy(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.abort);
}

void run_binary_cross_entropy_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  binary_cross_entropy_gradient(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.scalar(c.in[2]),
                                c.out[0].floats(), c.abort);
}

void run_squared_error(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.scalar(c.out[0]) = squared_error(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.abort);
}

void run_squared_error_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  squared_error_gradient(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), c.scalar(c.in[2]), c.out[0].floats(),
                         c.abort);
}

constexpr Operation kOperations[] = {
    {"softmax", "f", "f", "", run_softmax},
    {"softmax_gradient", "ff", "f", "", run_rows_gradient<softmax_rows_gradient>},
    {"log_softmax", "f", "f", "", run_log_softmax},
    {"log_softmax_gradient", "ff", "f", "", run_rows_gradient<log_softmax_rows_gradient>},
    {"cross_entropy", "fi", "f", "", run_cross_entropy},
    {"cross_entropy_gradient", "fif", "f", "", run_cross_entropy_gradient},
    {"binary_cross_entropy", "ff", "f", "", run_binary_cross_entropy},
    {"binary_cross_entropy_gradient", "fff", "f", "", run_binary_cross_entropy_gradient},
    {"squared_error", "ff", "f", "", run_squared_error},
    {"squared_error_gradient", "fff", "f", "", run_squared_error_gradient},
};

}  // namespace

std::span<const Operation> loss_operations() { return kOperations; }

}  // namespace kindred::nn

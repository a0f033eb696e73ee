// Operations on sequences of rows, and on the positions of their tokens.
#include "cpu/nn/program/operation.h"
#include "kindred/nn/sequences/rotary.h"
#include "kindred/nn/sequences/sequences.h"

namespace kindred::nn {
namespace {

// The sequences of `tokens` rows, of which `of_each` has one row each; see check_sequences.
Sequences sequences_of(const Call& c, const Value& offsets, const Value& of_each) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  c.expect(of_each.rows == offsets.size() - 1, "expected a row for each sequence");
  return {offsets.ints(), offsets.size() - 1};
}

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

void run_sequence_sum(const Call& c) {
  c.expect(c.in[0].cols == c.out[0].cols, "expected as many columns as before");
  sequence_sum(c.in[0].matrix(), sequences_of(c, c.in[1], c.out[0]), c.out[0].matrix(), c.abort);
}

void run_sequence_sum_gradient(const Call& c) {
  c.expect(c.in[0].cols == c.out[0].cols, "expected as many columns as before");
  sequence_sum_gradient(c.in[0].matrix(), sequences_of(c, c.in[1], c.in[0]), c.out[0].matrix(), c.abort);
}

void run_sequence_max(const Call& c) {
  c.same(c.out[0], c.out[1]);
  c.expect(c.in[0].cols == c.out[0].cols, "expected as many columns as before");
  sequence_max(c.in[0].matrix(), sequences_of(c, c.in[1], c.out[0]), c.out[0].matrix(), c.out[1].ints(), c.abort);
}

void run_sequence_max_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.expect(c.in[0].cols == c.out[0].cols, "expected as many columns as before");
  sequence_max_gradient(c.in[0].matrix(), c.in[1].ints(), sequences_of(c, c.in[2], c.in[0]), c.out[0].matrix(),
                        c.abort);
}

void run_sequence_softmax(const Call& c) {
  c.same(c.in[0], c.out[0]);
  sequence_softmax(c.in[0].matrix(), sequences_of(c, c.in[1]), c.out[0].matrix(), c.abort);
}

void run_sequence_softmax_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  sequence_softmax_gradient(c.in[0].matrix(), c.in[1].matrix(), sequences_of(c, c.in[2]), c.out[0].matrix(), c.abort);
}

void run_sequence_weighted_sum(const Call& c) {
  const Value &x = c.in[0], &weights = c.in[1], &out = c.out[0];
  c.expect(x.rows == weights.rows && x.cols == out.cols, "expected weights of each token");
  sequence_weighted_sum(x.matrix(), weights.matrix(), sequences_of(c, c.in[2], out), out.matrix(), c.abort);
}

void run_sequence_weighted_sum_gradient(const Call& c) {
  const Value &x = c.in[0], &weights = c.in[1], &dy = c.in[3];
  c.same(x, c.out[0]);
  c.same(weights, c.out[1]);
  c.expect(x.rows == weights.rows && x.cols == dy.cols, "expected weights of each token");
  sequence_weighted_sum_gradient(x.matrix(), weights.matrix(), sequences_of(c, c.in[2], dy), dy.matrix(),
                                 c.out[0].matrix(), c.out[1].matrix(), c.abort);
}

void run_rotary_angles(const Call& c) {
  c.expect(c.in[0].size() == c.out[0].rows, "expected a position of each token");
  rotary_angles(c.in[0].ints(), static_cast<float>(c.numbers[0]), c.out[0].matrix(), c.abort);
}

void run_rotary(const Call& c) {
  const Value &x = c.in[0], &angles = c.in[1];
  c.same(x, c.out[0]);
  c.expect(angles.rows == x.rows, "expected angles of each token");
  rotary(x.matrix(), angles.matrix(), c.numbers[0] != 0, c.out[0].matrix(), c.abort);
}

constexpr Operation kOperations[] = {
    {"sequence_sum", "fi", "f", "", run_sequence_sum},
    {"sequence_sum_gradient", "fi", "f", "", run_sequence_sum_gradient},
    {"sequence_max", "fi", "fi", "", run_sequence_max},
    {"sequence_max_gradient", "fii", "f", "", run_sequence_max_gradient},
    {"sequence_softmax", "fi", "f", "", run_sequence_softmax},
    {"sequence_softmax_gradient", "ffi", "f", "", run_sequence_softmax_gradient},
    {"sequence_weighted_sum", "ffi", "f", "", run_sequence_weighted_sum},
    {"sequence_weighted_sum_gradient", "ffif", "ff", "", run_sequence_weighted_sum_gradient},
    {"rotary_angles", "i", "f", "+", run_rotary_angles},
    {"rotary", "ff", "f", "b", run_rotary},
};

}  // namespace

std::span<const Operation> sequence_operations() { return kOperations; }

}  // namespace kindred::nn

// What training needs beside losses and optimisers: divergence, perturbation, importance.
#include "cpu/nn/program/operation.h"
#include "kindred/nn/losses/divergence.h"
#include "kindred/nn/sequences/perturbation.h"
#include "kindred/nn/training/importance.h"

namespace kindred::nn {
namespace {

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

void run_symmetric_divergence(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.scalar(c.out[0]) = symmetric_divergence(c.in[0].matrix(), c.in[1].matrix(), c.abort);
}

void run_symmetric_divergence_gradient(const Call& c) {
  c.same(c.in[0], c.in[1]);
  c.same(c.in[0], c.out[0]);
  symmetric_divergence_gradient(c.in[0].matrix(), c.in[1].matrix(), c.scalar(c.in[2]), c.out[0].matrix(), c.abort);
}

// numbers: the limit, and whether sequences shorter than it become as long
void run_bound_sequences(const Call& c) {
  c.same(c.in[0], c.out[0]);
  bound_sequences(c.in[0].matrix(), sequences_of(c, c.in[1]), static_cast<float>(c.numbers[0]),
                  c.numbers[1] != 0 ? Length::exactly : Length::at_most, c.out[0].matrix(), c.abort);
}

void run_sequence_products(const Call& c) {
  const Sequences sequences = sequences_of(c, c.in[2]);
  c.same(c.in[0], c.in[1]);
  c.expect(c.out[0].rows == sequences.count && c.out[0].cols == c.in[0].cols, "expected a row for each sequence");
  sequence_products(c.in[0].matrix(), c.in[1].matrix(), sequences, c.out[0].matrix(), c.abort);
}

void check_smoothed_sensitivity(const Call& c) {
  for (const Value& value : {c.in[1], c.out[0], c.out[1]}) c.same(c.in[0], value);
}

// in: weights, gradient; changed: the mean of their product, and its uncertainty; numbers: beta1, beta2
void run_smoothed_sensitivity(const Call& c) {
  smoothed_sensitivity(c.in[0].floats(), c.in[1].floats(), c.in[0].size(), static_cast<float>(c.numbers[0]),
                       static_cast<float>(c.numbers[1]), c.out[0].floats(), c.out[1].floats(), c.abort);
}

constexpr Operation kOperations[] = {
    {"symmetric_divergence", "ff", "f", "", run_symmetric_divergence},
    {"symmetric_divergence_gradient", "fff", "f", "", run_symmetric_divergence_gradient},
    {"bound_sequences", "fi", "f", "+b", run_bound_sequences},
    {"sequence_products", "ffi", "f", "", run_sequence_products},
    {"smoothed_sensitivity", "ff", "bb", "rr", run_smoothed_sensitivity, check_smoothed_sensitivity},
};

}  // namespace

std::span<const Operation> tuning_operations() { return kOperations; }

}  // namespace kindred::nn

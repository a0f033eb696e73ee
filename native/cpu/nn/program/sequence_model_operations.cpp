// Models of sequences.
#include "cpu/nn/program/operation.h"
#include "kindred/nn/sequences/crf.h"
#include "kindred/nn/sequences/recurrent.h"
#include "kindred/nn/sequences/windows.h"

namespace kindred::nn {
namespace {

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

Crf crf_of(const Call& c, const Value& offsets, size_t first) {
  const Value &emissions = c.in[0], &transitions = c.in[first], &start = c.in[first + 1], &end = c.in[first + 2];
  const int64_t tags = emissions.cols;
  c.expect(transitions.rows == tags && transitions.cols == tags && start.size() == tags && end.size() == tags,
           "expected emissions [tokens, tags], transitions [tags, tags], start and end [tags]");
  return {emissions.matrix(), sequences_of(c, offsets), transitions.matrix(), start.floats(), end.floats()};
}

void run_crf_loss(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label of each token");
  c.scalar(c.out[0]) = crf_loss(crf_of(c, c.in[2], 3), c.in[1].ints(), c.abort);
}

void run_crf_loss_gradient(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label of each token");
  c.same(c.in[0], c.out[0]);
  for (size_t n = 1; n < 4; ++n) c.same(c.in[n + 2], c.out[n]);
  crf_loss_gradient(crf_of(c, c.in[2], 3), c.in[1].ints(), c.scalar(c.in[6]),
                    {c.out[0].matrix(), c.out[1].matrix(), c.out[2].floats(), c.out[3].floats()}, c.abort);
}

void run_crf_decode(const Call& c) {
  c.expect(c.out[0].size() == c.in[0].rows, "expected a tag of each token");
  crf_decode(crf_of(c, c.in[1], 2), c.out[0].ints(), c.abort);
}

// Operands 0 to 4 of a recurrence: inputs, weights, bias?, offsets, initial states?
Recurrence recurrence_of(const Call& c, int64_t parts) {
  const Value &inputs = c.in[0], &weights = c.in[1], &bias = c.in[2], &initial = c.in[4];
  const int64_t dims = weights.cols;
  const Sequences sequences = sequences_of(c, c.in[3]);
  c.expect(weights.rows == parts * dims && inputs.cols == parts * dims &&
               (bias.absent() || bias.size() == parts * dims) &&
               (initial.absent() || (initial.rows == sequences.count && initial.cols == dims)),
           "expected inputs [tokens, parts * dims], weights [parts * dims, dims], bias [parts * dims] and initial "
           "states [sequences, dims]");
  return {sequences, weights.matrix(), bias.floats(), initial.floats(), c.numbers[0] != 0};
}

// Whether a value is a number of each token and dimension.
void expect_states(const Call& c, const Value& value, int64_t factor = 1) {
  c.expect(value.absent() || (value.rows == c.in[0].rows && value.cols == factor * c.in[1].cols),
           "expected states [tokens, dims]");
}

void expect_cells(const Call& c, const Recurrence& of, const Value& cells) {
  c.expect(cells.absent() || (cells.rows == of.sequences.count && cells.cols == of.weights.cols),
           "expected cells [sequences, dims]");
}

// Outputs 0 to 3 of the gradient of a recurrence.
RecurrenceGradient recurrence_gradient_of(const Call& c, const Recurrence& of) {
  c.same(c.in[0], c.out[0]);
  c.same(c.in[1], c.out[1]);
  c.expect(c.out[2].size() == of.weights.rows, "expected a bias of each part");
  expect_cells(c, of, c.out[3]);
  return {c.out[0].matrix(), c.out[1].matrix(), c.out[2].floats(), c.out[3].matrix()};
}

void run_lstm(const Call& c) {
  const Recurrence of = recurrence_of(c, 4);
  expect_cells(c, of, c.in[5]);
  expect_states(c, c.out[0]);
  expect_states(c, c.out[1]);
  expect_states(c, c.out[2], 4);
  lstm(of, c.in[0].matrix(), c.in[5].floats(), c.out[0].matrix(), c.out[1].matrix(), c.out[2].matrix(), c.scratch,
       c.abort);
}

void run_lstm_gradient(const Call& c) {
  const Recurrence of = recurrence_of(c, 4);
  expect_cells(c, of, c.in[5]);
  for (const size_t n : {6, 7, 9, 10}) expect_states(c, c.in[n]);
  expect_states(c, c.in[8], 4);
  expect_cells(c, of, c.out[4]);
  const auto given = [](const Value& value) { return value.absent() ? Matrix{} : value.matrix(); };
  lstm_gradient(of, c.in[5].floats(), c.in[6].matrix(), c.in[7].matrix(), c.in[8].matrix(), given(c.in[9]),
                given(c.in[10]), recurrence_gradient_of(c, of), c.out[4].matrix(), c.scratch, c.abort);
}

void run_gru(const Call& c) {
  expect_states(c, c.out[0]);
  expect_states(c, c.out[1], 4);
  gru(recurrence_of(c, 3), c.in[0].matrix(), c.out[0].matrix(), c.out[1].matrix(), c.scratch, c.abort);
}

void run_gru_gradient(const Call& c) {
  const Recurrence of = recurrence_of(c, 3);
  expect_states(c, c.in[5]);
  expect_states(c, c.in[6], 4);
  expect_states(c, c.in[7]);
  gru_gradient(of, c.in[5].matrix(), c.in[6].matrix(), c.in[7].matrix(), recurrence_gradient_of(c, of), c.scratch,
               c.abort);
}

int64_t width_of(const Call& c, const Value& x, const Value& windows) {
  const auto width = static_cast<int64_t>(c.numbers[0]);
  c.expect(windows.rows == x.rows && windows.cols == x.cols * width, "expected windows [tokens, columns * width]");
  return width;
}

void run_sequence_windows(const Call& c) {
  const int64_t width = width_of(c, c.in[0], c.out[0]);
  sequence_windows(c.in[0].matrix(), sequences_of(c, c.in[1]), width, c.out[0].matrix(), c.abort);
}

void run_sequence_windows_gradient(const Call& c) {
  const int64_t width = width_of(c, c.out[0], c.in[0]);
  sequence_windows_gradient(c.in[0].matrix(), sequences_of(c, c.in[1]), width, c.out[0].matrix(), c.abort);
}

constexpr Operation kOperations[] = {
    {"crf_loss", "fiifff", "f", "", run_crf_loss},
    {"crf_loss_gradient", "fiiffff", "ffff", "", run_crf_loss_gradient},
    {"crf_decode", "fifff", "i", "", run_crf_decode},
    {"lstm", "fff?if?f?", "fff", "b", run_lstm},
    {"lstm_gradient", "fff?if?f?ffff?f?", "fffff", "b", run_lstm_gradient},
    {"gru", "fff?if?", "ff", "b", run_gru},
    {"gru_gradient", "fff?if?fff", "ffff", "b", run_gru_gradient},
    {"sequence_windows", "fi", "f", "h", run_sequence_windows},
    {"sequence_windows_gradient", "fi", "f", "h", run_sequence_windows_gradient},
};

}  // namespace

std::span<const Operation> sequence_model_operations() { return kOperations; }

}  // namespace kindred::nn

// Operations on rows and on sequences of them.
#include "cpu/nn/program/operation.h"
#include "kindred/nn/layers/gather.h"
#include "kindred/nn/layers/vectors.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/sparse/csr.h"

namespace kindred::nn {
namespace {

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

// numbers: heads, scale, causal, dropout, its number among the dropouts, the biases' max_distance and bidirectional
AttentionShape attention_shape_of(const Call& c, const Value& offsets, const Value& biases, const Value& seed) {
  AttentionShape shape{sequences_of(c, offsets), static_cast<int64_t>(c.numbers[0]), static_cast<float>(c.numbers[1]),
                       c.numbers[2] != 0};
  c.expect(biases.absent() || (biases.rows > 0 && biases.cols == shape.heads), "expected biases [buckets, heads]");
  if (!biases.absent()) shape.biases = {biases.matrix(), static_cast<int64_t>(c.numbers[5]), c.numbers[6] != 0};
  shape.dropout = static_cast<float>(c.numbers[3]);
  c.expect(shape.dropout == 0 || !seed.absent(), "expected a seed of dropout");
  if (!seed.absent()) shape.seed = c.seed(seed, c.numbers[4]);
  return shape;
}

void run_attention(const Call& c) {
  const Value &q = c.in[0], &k = c.in[1], &v = c.in[2], &y = c.out[0], &log_sums = c.out[1];
  const AttentionShape shape = attention_shape_of(c, c.in[3], c.in[4], c.in[5]);
  for (const Value* value : {&k, &v, &y}) c.same(q, *value);
  c.expect(log_sums.size() == q.rows * shape.heads, "expected a sum of each token and head");
  attention(shape, q.matrix(), k.matrix(), v.matrix(), y.matrix(), log_sums.floats(), c.abort);
}

template <bool biased>
void run_attention_gradient(const Call& c) {
  const Value &q = c.in[0], &k = c.in[1], &v = c.in[2], &biases = c.in[4], &y = c.in[6], &log_sums = c.in[7],
              &dy = c.in[8];
  const AttentionShape shape = attention_shape_of(c, c.in[3], biases, c.in[5]);
  for (const Value* value : {&k, &v, &y, &dy, &c.out[0], &c.out[1], &c.out[2]}) c.same(q, *value);
  c.expect(log_sums.size() == q.rows * shape.heads, "expected a sum of each token and head");
  Matrix dbiases;
  if (biased) {
    c.same(biases, c.out[3]);
    dbiases = c.out[3].matrix();
  }
  attention_gradient(shape, q.matrix(), k.matrix(), v.matrix(), y.matrix(), log_sums.floats(), dy.matrix(),
                     c.out[0].matrix(), c.out[1].matrix(), c.out[2].matrix(), c.abort, dbiases);
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

// A sparse matrix by its offsets, columns and values, times x.
void run_sparse_product(const Call& c) {
  const Value &offsets = c.in[0], &columns = c.in[1], &values = c.in[2], &x = c.in[3], &out = c.out[0];
  c.expect(offsets.size() == out.rows + 1, "expected offsets of each row, and one more");
  c.expect(columns.size() == values.size(), "expected a value for each column");
  c.expect(offsets.ints()[out.rows] == columns.size(), "expected a last offset that is the number of values");
  c.expect(x.cols == out.cols, "expected as many columns as before");
  const CsrView matrix{offsets.ints(), columns.ints(), values.floats(), out.rows, x.rows};
  check_csr(matrix, "matrix", c.abort);
  multiply(matrix, x.matrix(), out.floats(), c.abort);  // in double: sums hardly depend on the order of columns
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

void run_sequence_starts(const Call& c) {
  const Sequences sequences = sequences_of(c, c.in[0]);
  c.expect(c.out[0].size() == sequences.count, "expected a number for each sequence");
  check_sequences(sequences, sequences.offsets[sequences.count]);
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

constexpr Operation kOperations[] = {
    {"attention", "fffif?i?", "ff", "hxbrnhb", run_attention},
    {"attention_gradient", "fffif?i?fff", "fff", "hxbrnhb", run_attention_gradient<false>},
    {"biased_attention_gradient", "fffifi?fff", "ffff", "hxbrnhb", run_attention_gradient<true>},
    {"gather_rows", "fi", "f", "", run_gather_rows},
    {"scatter_rows", "fi", "f", "", run_scatter_rows},
    {"sum_by_row", "fi", "if", "", run_sum_by_row},
    {"sparse_product", "iiff", "f", "", run_sparse_product},
    {"sequence_mean", "fi", "f", "", run_sequence_mean},
    {"sequence_mean_gradient", "fi", "f", "", run_sequence_mean_gradient},
    {"sequence_starts", "i", "i", "", run_sequence_starts},
    {"unit_rows", "f", "ff", "", run_unit_rows},
    {"unit_rows_gradient", "fff", "f", "", run_unit_rows_gradient},
    {"row_dots", "ff", "f", "", run_row_dots},
    {"scale_rows", "ff", "f", "", run_scale_rows},
};

}  // namespace

std::span<const Operation> row_operations() { return kOperations; }

}  // namespace kindred::nn

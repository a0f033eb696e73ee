// LSTM and GRU, sequence by sequence, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

// Weights of the state before [gates * dims, dims], bias [gates * dims] or empty, initial states [sequences, dims] or
// empty tables.
struct Recurrence {
  std::vector<int32_t> offsets;
  Table weights;
  Doubles bias;
  Table initial;
  Table initial_cells;  // of an LSTM
  bool reverse;
};

struct Lstm {
  Table h, c;
};
Lstm lstm(const Recurrence& of, const Table& inputs);
Table gru(const Recurrence& of, const Table& inputs);

struct RecurrenceGradient {
  Table inputs, weights;
  Doubles bias;
  Table initial, initial_cells;
};
RecurrenceGradient lstm_gradient(const Recurrence& of, const Table& inputs, const Table& dh, const Table& dc);
RecurrenceGradient gru_gradient(const Recurrence& of, const Table& inputs, const Table& dh);

}  // namespace kindred::reference

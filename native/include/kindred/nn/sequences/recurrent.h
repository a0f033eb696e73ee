// Recurrent layers over sequences that lie end to end, with the equations and weights of PyTorch. Their inputs are what
// the layer below gives times the input weights, for all tokens at once (kindred/nn/layers/linear.h).
#pragma once

#include "kindred/linalg/gemm.h"
#include "kindred/nn/sequences/attention.h"

namespace kindred::nn {

// What both kinds take. Sequences advance together, the longest first: each step is one product.
struct Recurrence {
  Sequences sequences;
  ConstMatrix weights;   // [gates * dims, dims], of the state before
  const float* bias;     // [gates * dims] or null, added to the product with it
  const float* initial;  // [sequences, dims], the states before the first tokens; null: 0
  bool reverse;          // from the last token of each sequence to its first
};

// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000). With a = inputs + weights h + bias, in
// four parts: i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), g = tanh(a_g); c = f c + i g; h = o tanh(c).
// inputs [tokens, 4 dims], parts in the order i, f, g, o; initial_cells [sequences, dims] or null; h, c [tokens, dims].
// gates [tokens, 4 dims] are kept for the gradient.
void lstm(const Recurrence& of, ConstMatrix inputs, const float* initial_cells, Matrix h, Matrix c, Matrix gates,
          GemmScratch& scratch, const AbortFlag* abort);

// Gradients of what a recurrence takes.
struct RecurrenceGradient {
  Matrix inputs;   // [tokens, gates * dims]
  Matrix weights;  // [gates * dims, dims]
  float* bias;     // [gates * dims]
  Matrix initial;  // [sequences, dims]
};

// dh, dc [tokens, dims], either without data where nothing depends on it; initial_cells [sequences, dims] is the
// gradient of the cells before the first tokens
void lstm_gradient(const Recurrence& of, const float* initial_cells, ConstMatrix h, ConstMatrix c, ConstMatrix gates,
                   ConstMatrix dh, ConstMatrix dc, const RecurrenceGradient& out, Matrix of_initial_cells,
                   GemmScratch& scratch, const AbortFlag* abort);

// Gated recurrent unit (Cho et al. 2014), as PyTorch and cuDNN have it: with x the inputs and u = weights h + bias in
// three parts, r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z), n = tanh(x_n + r u_n); h = (1 - z) n + z h.
// inputs [tokens, 3 dims], parts in the order r, z, n; h [tokens, dims]. gates [tokens, 4 dims] (r, z, n, u_n) are kept
// for the gradient.
void gru(const Recurrence& of, ConstMatrix inputs, Matrix h, Matrix gates, GemmScratch& scratch,
         const AbortFlag* abort);

void gru_gradient(const Recurrence& of, ConstMatrix h, ConstMatrix gates, ConstMatrix dh, const RecurrenceGradient& out,
                  GemmScratch& scratch, const AbortFlag* abort);

}  // namespace kindred::nn

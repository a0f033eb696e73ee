// Rows taken by number and put back: embeddings, first tokens, means of sequences.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// out [n, dims], row i = table row ids[i]; ERR_VALUE for an id outside the table
void gather_rows(ConstMatrix table, const int32_t* ids, Matrix out, const AbortFlag* abort);

// out [rows, dims] = 0, then row ids[i] += dy row i (-1: none): the gradient of a gather from something dense.
// ERR_VALUE for other ids outside of it.
void scatter_rows(ConstMatrix dy, const int32_t* ids, Matrix out, const AbortFlag* abort);

// The gradient of a gather from a large table as the rows it touches: rows [n] are the different ids, ascending, then
// -1; sums [n, dims] what their rows get, in the order of i, then 0. ERR_VALUE for a negative id.
void sum_by_row(ConstMatrix dy, const int32_t* ids, int32_t* rows, Matrix sums, const AbortFlag* abort);

// out [sequences, dims]: the mean of each sequence's rows, 0 for an empty one
void sequence_mean(ConstMatrix x, const Sequences& sequences, Matrix out, const AbortFlag* abort);

// dx [tokens, dims] from dy [sequences, dims]
void sequence_mean_gradient(ConstMatrix dy, const Sequences& sequences, Matrix dx, const AbortFlag* abort);

}  // namespace kindred::nn

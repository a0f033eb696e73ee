// Rows of sequences that lie end to end: their sums, greatest numbers, softmax and weighted sums.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// out [sequences, dims]: the sum of each sequence's rows, 0 for an empty one; and dx [tokens, dims] from dy [sequences,
// dims]
void sequence_sum(ConstMatrix x, const Sequences& sequences, Matrix out, const AbortFlag* abort);
void sequence_sum_gradient(ConstMatrix dy, const Sequences& sequences, Matrix dx, const AbortFlag* abort);

// out [sequences, dims]: the greatest number of each sequence's column, NaN where one is, 0 for an empty sequence;
// places [sequences, dims]: the row that it is from, the first of equals, -1 for none
void sequence_max(ConstMatrix x, const Sequences& sequences, Matrix out, int32_t* places, const AbortFlag* abort);
// dx [tokens, dims]: dy at its place, else 0. ERR_VALUE for a place that is not in its sequence.
void sequence_max_gradient(ConstMatrix dy, const int32_t* places, const Sequences& sequences, Matrix dx,
                           const AbortFlag* abort);

// y [tokens, heads]: the softmax of each column over the rows of each sequence; and dx from y and dy
void sequence_softmax(ConstMatrix x, const Sequences& sequences, Matrix y, const AbortFlag* abort);
void sequence_softmax_gradient(ConstMatrix y, ConstMatrix dy, const Sequences& sequences, Matrix dx,
                               const AbortFlag* abort);

// out [sequences, dims]: of head h, with the columns of slice h of dims / heads, the sum over the tokens t of
// weights[t][h] x[t]; 0 for an empty sequence. x [tokens, dims], weights [tokens, heads]; ERR_SHAPE unless heads
// divides dims. Then dx [tokens, dims] and dweights [tokens, heads] from dy [sequences, dims].
void sequence_weighted_sum(ConstMatrix x, ConstMatrix weights, const Sequences& sequences, Matrix out,
                           const AbortFlag* abort);
void sequence_weighted_sum_gradient(ConstMatrix x, ConstMatrix weights, const Sequences& sequences, ConstMatrix dy,
                                    Matrix dx, Matrix dweights, const AbortFlag* abort);

}  // namespace kindred::nn

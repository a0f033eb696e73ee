// The windows of a convolution over sequences.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// out [tokens, cols * width]: of each token the rows x[t - (width - 1) / 2 + j], j < width, of its sequence, 0 beyond
// it; that of column c is at c * width + j, as PyTorch's Conv1d lays its weights [out, in, width]. Their product with
// such weights is the convolution with padding 'same'.
void sequence_windows(ConstMatrix x, const Sequences& sequences, int64_t width, Matrix out, const AbortFlag* abort);

// dx [tokens, cols] from dout
void sequence_windows_gradient(ConstMatrix dout, const Sequences& sequences, int64_t width, Matrix dx,
                               const AbortFlag* abort);

}  // namespace kindred::nn

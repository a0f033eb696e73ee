// Small changes of the embedded tokens of each sequence, for adversarial training.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// What becomes of the rows of a sequence, together one vector.
enum class Length {
  at_most,  // shortened to the limit if longer: the projection of Madry et al. 2018
  exactly   // made as long as the limit: the direction of Miyato et al. 2017, section 3
};

// out [tokens, dims]: the rows x of each sequence, its norm over all of them bounded. Rows of zeros stay, a sequence
// with an element that is NaN or infinite becomes NaN.
void bound_sequences(ConstMatrix x, const Sequences& sequences, float limit, Length length, Matrix out,
                     const AbortFlag* abort);

}  // namespace kindred::nn

// One vector from the states of one sequence.
#pragma once

#include "kindred/encode/encoder.h"

namespace kindred::encode {

// out [dims] from states [tokens, dims], but for the first `unpooled`; zeros where none is left, but for cls, which
// takes the first token then. A mode is that of the same name of sentence-transformers.
void pool_states(ConstMatrix states, int64_t unpooled, PoolingMode mode, float* out);

}  // namespace kindred::encode

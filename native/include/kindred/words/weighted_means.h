// Sentences as weighted means of their words' vectors (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline
// for sentence embeddings", algorithm 1, line 2).
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// out[s] = sum of weights[w] vectors[w] over the words w = ids[offsets[s] .. offsets[s + 1]), over their number; zeros
// without words. vectors [words, dims], weights [words], offsets [sentences + 1], out [sentences, dims]. Throws
// ERR_SHAPE for offsets or ids out of bounds, ERR_ABORTED.
void weighted_means(const ConstMatrix& vectors, const float* weights, const int32_t* ids, int64_t count,
                    const int32_t* offsets, const Matrix& out, const AbortFlag* abort);

}  // namespace kindred

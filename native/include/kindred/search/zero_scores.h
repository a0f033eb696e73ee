// Where scores of zero stand among others: a zero says that nothing is known, and ties with all other zeros.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// The least score that is none of zero: below it floats lose their precision.
inline constexpr float kLeastScore = 0x1p-125f;

// Scores [queries, items], in place: first what scores less than `least` becomes NaN, which no list holds; then each
// score of a smaller magnitude than kLeastScore becomes keys[item], NaN without keys. Lists and ranks of the result
// have the zeros where their keys say.
void place_zeros(Matrix scores, const float* keys, double least, const AbortFlag* abort);

}  // namespace kindred

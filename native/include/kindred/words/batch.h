// Sizes of what word vectors are trained by, also for kernel files.
#pragma once

#include <stdint.h>

namespace kindred {

constexpr int64_t kWordLane = 16;       // dimensions come padded with zeros to a multiple of this
constexpr int64_t kSkipGramBatch = 8;   // pairs that share negatives
constexpr int64_t kCbowBatch = 256;     // windows of a step, at most
constexpr int64_t kMostNegatives = 64;  // of a pair or a window

}  // namespace kindred

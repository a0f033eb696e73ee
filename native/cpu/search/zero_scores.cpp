#include "kindred/search/zero_scores.h"

#include <cmath>

namespace kindred {

void place_zeros(Matrix scores, const float* keys, double least, const AbortFlag* abort) {
  parallel_for(scores.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      float* row = scores.row(q);
      for (int64_t i = 0; i < scores.cols; ++i) {
        const float score = row[i];
        const float placed = std::fabs(score) < kLeastScore ? (keys == nullptr ? NAN : keys[i]) : score;
        row[i] = static_cast<double>(score) < least ? NAN : placed;
      }
    }
  });
}

}  // namespace kindred

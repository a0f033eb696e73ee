#include "kindred/search/zero_scores.h"

#include <cmath>

#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// The least float that is not less.
float at_least(double least) {
  const float rounded = static_cast<float>(least);
  return rounded < least ? std::nextafter(rounded, INFINITY) : rounded;
}

}  // namespace

void place_zeros(Matrix scores, const float* keys, double least, const AbortFlag* abort) {
  const float limit = at_least(least);
  parallel_for(scores.rows, 16, abort, [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      if (aborted(abort)) fail_aborted();
      float* __restrict row = scores.row(q);
      for (int64_t i = 0; i < scores.cols; ++i) {
        const float score = row[i], key = keys == nullptr ? NAN : keys[i];
        const float placed = std::fabs(score) < kLeastScore ? key : score;
        row[i] = score < limit ? NAN : placed;
      }
    }
  });
}

}  // namespace kindred

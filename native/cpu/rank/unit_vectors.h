// Cosines of candidates with one of them.
#pragma once

#include <vector>

#include "kindred/rank/diverse_lists.h"

namespace kindred {

constexpr int64_t kCandidatesPerChunk = 2048;

class UnitVectors {
 public:
  // Throws ERR_SHAPE for a row that is not there, ERR_VALUE for a vector that is not finite.
  UnitVectors(const ListCandidates& candidates, const AbortFlag* abort);
  // cosines [end - begin] of the candidates from begin to end, at most kCandidatesPerChunk, with candidate i; 0 where
  // one of the two has no vector, or one of zeros.
  void cosines(int64_t i, int64_t begin, int64_t end, double* cosines) const;

 private:
  int64_t dims_;
  std::vector<float> zeros_;        // [dims] of candidates without a vector
  std::vector<const float*> rows_;  // [count]
  std::vector<double> inverse_;     // [count] 1 / length, 0 of zeros
};

}  // namespace kindred

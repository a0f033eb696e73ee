// Cosines of candidates with those that were chosen.
#pragma once

#include <vector>

#include "kindred/rank/diverse_lists.h"

namespace kindred {

constexpr int64_t kCandidatesPerChunk = 2048;

class UnitVectors {
 public:
  // Throws ERR_SHAPE for a row that is not there, ERR_VALUE for a vector that is not finite.
  UnitVectors(const ListCandidates& candidates, const AbortFlag* abort);
  // Candidate i is one of those that cosines are asked with: the last of them, from 0.
  void choose(int64_t i);
  int64_t chosen() const { return static_cast<int64_t>(units_.size()); }
  // Of candidate i with the one chosen as number n; 0 where one of the two has no vector, or one of zeros.
  double cosine(int64_t i, int64_t n) const;

 private:
  int64_t dims_;
  std::vector<float> zeros_;                // [dims] of candidates without a vector
  std::vector<const float*> rows_;          // [count]
  std::vector<double> inverse_;             // [count] 1 / length, 0 of zeros
  std::vector<std::vector<double>> units_;  // [chosen][dims]
};

}  // namespace kindred

#include "reference/search/zero_scores.h"

#include <cmath>

namespace kindred::reference {

std::vector<float> place_zeros(ConstMatrix scores, const std::vector<float>& keys, double least) {
  std::vector<float> out;
  for (int64_t q = 0; q < scores.rows; ++q)
    for (int64_t i = 0; i < scores.cols; ++i) {
      const float score = scores.row(q)[i];
      if (score < least)
        out.push_back(NAN);
      else if (score > -0x1p-125 && score < 0x1p-125)
        out.push_back(keys.empty() ? NAN : keys[i]);
      else
        out.push_back(score);
    }
  return out;
}

}  // namespace kindred::reference

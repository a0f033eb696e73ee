// Words drawn as negatives, by their weight.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "cpu/runtime/random.h"

namespace kindred {

class Noise {
 public:
  // Among `words`, each as often as its weight says; each as often where all weights are 0.
  Noise(std::span<const int32_t> words, const double* weights) : words_(words), ends_(words.size()) {
    double total = 0;
    for (size_t i = 0; i < words.size(); ++i) ends_[i] = total += weights[words[i]];
    if (!(total > 0))
      for (size_t i = 0; i < words.size(); ++i) ends_[i] = static_cast<double>(i + 1);
  }

  int32_t draw(RandomStream& random) const {
    const double at = static_cast<double>(random.bits() >> 11) * 0x1p-53 * ends_.back();
    const auto found = std::upper_bound(ends_.begin(), ends_.end() - 1, at);
    return words_[found - ends_.begin()];
  }

 private:
  std::span<const int32_t> words_;
  std::vector<double> ends_;
};

}  // namespace kindred

#include "reference/evaluate/sign_flips.h"

#include <cmath>

#include "cpu/evaluate/xoshiro128.h"

namespace kindred::reference {

std::vector<double> sign_flip_p_values(const std::vector<double>& values, int64_t series, int64_t users, int64_t rounds,
                                       uint64_t seed) {
  Xoshiro128 random(seed);
  std::vector<double> reached(series, 1.0);
  for (int64_t r = 0; r < rounds; ++r) {
    std::vector<int> signs;
    uint32_t bits = 0;
    for (int64_t u = 0; u < users; ++u) {
      if (u % 32 == 0) bits = random.bits();
      signs.push_back(bits >> (u % 32) & 1 ? -1 : 1);
    }
    for (int64_t s = 0; s < series; ++s) {
      double sum = 0, observed = 0, size = 0;
      for (int64_t u = 0; u < users; ++u) {
        const double value = values[s * users + u];
        if (std::isnan(value)) continue;
        sum += signs[u] * value;
        observed += value;
        size += std::abs(value);
      }
      reached[s] += std::abs(sum) >= std::abs(observed) - 1e-12 * size;
    }
  }
  for (int64_t s = 0; s < series; ++s) {
    bool empty = true;
    for (int64_t u = 0; u < users; ++u) empty = empty && std::isnan(values[s * users + u]);
    reached[s] = empty ? NAN : reached[s] / static_cast<double>(rounds + 1);
  }
  return reached;
}

}  // namespace kindred::reference

#include "reference/evaluate/bootstrap.h"

#include <cmath>

#include "cpu/evaluate/xoshiro128.h"

namespace kindred::reference {

std::vector<double> bootstrap_means(const std::vector<double>& values, int64_t series, int64_t users, int64_t resamples,
                                    uint64_t seed) {
  Xoshiro128 random(seed);
  std::vector<double> means(series * resamples, NAN);
  for (int64_t r = 0; r < resamples; ++r) {
    std::vector<int64_t> draws;
    for (int64_t i = 0; i < users; ++i) draws.push_back(static_cast<int64_t>(random.uniform() * users));
    for (int64_t s = 0; s < series; ++s) {
      double sum = 0, count = 0;
      for (const int64_t user : draws) {
        const double value = values[s * users + user];
        if (std::isnan(value)) continue;
        sum += value;
        count += 1;
      }
      means[s * resamples + r] = sum / count;
    }
  }
  return means;
}

}  // namespace kindred::reference

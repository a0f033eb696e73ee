// Adam's step sizes over an epoch, and what becomes of a row in the steps that do not touch it.
#pragma once

#include <cmath>
#include <vector>

#include "cpu/sgd/sgd_kernels.h"
#include "kindred/runtime/poll.h"

namespace kindred {

// Of steps 1, 2, ...: the factors that correct both means for their start at 0.
inline double adam_mean_scale(int64_t t) { return 1 / (1 - std::pow(kAdamMeanDecay, static_cast<double>(t))); }
inline double adam_square_scale(int64_t t) {
  return 1 / std::sqrt(1 - std::pow(kAdamSquareDecay, static_cast<double>(t)));
}

// Steps first + 1 .. first + count. A step s without a gradient moves a number v, whose mean m and square q were last
// changed in step t, by
//   rate mean_scale(s) beta_1^(s - t) m / (square_scale(s) beta_2^((s - t) / 2) sqrt(q) + epsilon).
// With an epsilon that falls as the square does, the sum over s is m / (square_scale(t) sqrt(q) + epsilon) times a
// number that depends on t and s alone: rate square_scale(t) sum of rho^(s - t) h(s), where rho = beta_1 / sqrt(beta_2)
// and h(s) = mean_scale(s) / square_scale(s). Sums to infinity of each t, two of which differ by that of a span, are in
// a table.
class AdamClock {
 public:
  AdamClock(double rate, int64_t first, int64_t count, const AbortFlag* abort) : rate_(rate), first_(first) {
    Poll poll(abort);
    for (int64_t k = 0; k <= count; ++k) {
      poll(kWorkOfPowers);
      mean_decays_.push_back(std::pow(kAdamMeanDecay, static_cast<double>(k)));
      square_decays_.push_back(std::pow(kAdamSquareDecay, static_cast<double>(k)));
      rho_powers_.push_back(std::pow(kRho, static_cast<double>(k)));
      square_scales_.push_back(first + k > 0 ? adam_square_scale(first + k) : 0);
    }
    double tail = 0;
    tails_.resize(count + 1);
    for (int64_t s = first + count + kNegligible; s > first; --s) {
      poll(kWorkOfPowers);
      tail = kRho * (adam_mean_scale(s) / adam_square_scale(s) + tail);
      if (s - 1 <= first + count) tails_[s - 1 - first] = tail;
    }
  }

  // From after step `from` to after step `to`. Nothing moves before step 1.
  SgdDrift drift(int64_t from, int64_t to) const {
    if (from == 0) return {0, 1, 1, 1};
    const int64_t k = to - from;
    const double distance = tails_[from - first_] - rho_powers_[k] * tails_[to - first_];
    const double square_scale = square_scales_[from - first_];
    return {static_cast<float>(rate_ * square_scale * distance), static_cast<float>(square_scale),
            static_cast<float>(mean_decays_[k]), static_cast<float>(square_decays_[k])};
  }

 private:
  static constexpr int64_t kNegligible = 400;  // rho^400 < 1e-18
  static constexpr int64_t kWorkOfPowers = 16;
  static inline const double kRho = kAdamMeanDecay / std::sqrt(kAdamSquareDecay);

  double rate_;
  int64_t first_;
  std::vector<double> mean_decays_, square_decays_, rho_powers_;  // [count + 1], of k steps
  // [count + 1], from t = first on: sum over s > t of rho^(s - t) h(s)
  std::vector<double> square_scales_, tails_;
};

}  // namespace kindred

// Anderson's acceleration of coordinate descent: where sweeps go is guessed from where the last of them have led.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace kindred {

// The weights after each of several sweeps over the same places, with a vector that is affine in them: gradients, or
// the residual. Bertrand and Massias 2021, "Anderson acceleration of coordinate descent", algorithm 1.
class Extrapolation {
 public:
  static constexpr int kSweeps = 5;

  void clear() { count_ = 0; }
  bool full() const { return count_ > kSweeps; }

  // weights[places[n]] and affine [size], as they are after a sweep; the first ones are those before all sweeps.
  void add(const std::vector<int64_t>& places, const double* weights, const double* affine, int64_t size) {
    std::vector<double>& point = weights_[count_];
    point.resize(places.size());
    for (size_t n = 0; n < places.size(); ++n) point[n] = weights[places[n]];
    if (count_ > 0) affine_[count_ - 1].assign(affine, affine + size);
    ++count_;
  }

  // Shares of the points, which add up to 1, whose mean is where the steps vanish; false where steps say nothing.
  bool solve() {
    constexpr int n = kSweeps;
    double a[n][n + 1];
    double trace = 0;
    for (int i = 0; i < n; ++i)
      for (int j = 0; j <= i; ++j) {
        double sum = 0;
        for (size_t p = 0; p < weights_[0].size(); ++p) sum += step(i, p) * step(j, p);
        a[i][j] = a[j][i] = sum;
        if (i == j) trace += sum;
      }
    if (!(trace > 0)) return false;
    for (int i = 0; i < n; ++i) {
      a[i][i] += 1e-13 * trace;  // steps become parallel as sweeps converge
      a[i][n] = 1;
    }
    for (int i = 0; i < n; ++i) {
      if (!(a[i][i] > 0)) return false;
      for (int r = i + 1; r < n; ++r) {
        const double factor = a[r][i] / a[i][i];
        for (int c = i; c <= n; ++c) a[r][c] -= factor * a[i][c];
      }
    }
    double total = 0;
    for (int i = n - 1; i >= 0; --i) {
      for (int c = i + 1; c < n; ++c) a[i][n] -= a[i][c] * shares_[c];
      shares_[i] = a[i][n] / a[i][i];
      total += shares_[i];
    }
    double size = 0;
    for (double& share : shares_) size += std::fabs(share /= total);
    return size < kLargest;
  }

  // out [places] and [size] at the point that solve found.
  void mean_weights(std::vector<double>& out) const {
    out.assign(weights_[0].size(), 0.0);
    for (int k = 0; k < kSweeps; ++k)
      for (size_t p = 0; p < out.size(); ++p) out[p] += shares_[k] * weights_[k + 1][p];
  }
  void mean_affine(std::vector<double>& out) const {
    out.assign(affine_[0].size(), 0.0);
    for (int k = 0; k < kSweeps; ++k)
      for (size_t i = 0; i < out.size(); ++i) out[i] += shares_[k] * affine_[k][i];
  }

 private:
  static constexpr double kLargest = 1e6;  // sum of sizes of shares: more would be rounding alone

  double step(int k, size_t place) const { return weights_[k + 1][place] - weights_[k][place]; }

  int count_ = 0;
  std::array<std::vector<double>, kSweeps + 1> weights_;
  std::array<std::vector<double>, kSweeps> affine_;
  std::array<double, kSweeps> shares_{};
};

}  // namespace kindred

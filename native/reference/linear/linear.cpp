#include "reference/linear/linear.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

double soft(double value, double threshold) {
  return value > threshold ? value - threshold : value < -threshold ? value + threshold : 0;
}

}  // namespace

LinearModel elastic_net(ConstMatrix x, const std::vector<double>& y, double l1, double l2, bool intercept,
                        bool positive, int sweeps) {
  LinearModel m{std::vector<double>(x.cols, 0.0), 0};
  std::vector<double> residual = y;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    if (intercept && x.rows > 0) {
      double mean = 0;
      for (const double r : residual) mean += r / static_cast<double>(x.rows);
      for (double& r : residual) r -= mean;
      m.intercept += mean;
    }
    for (int64_t j = 0; j < x.cols; ++j) {
      double square = 0, product = 0;
      for (int64_t r = 0; r < x.rows; ++r) {
        square += static_cast<double>(x.row(r)[j]) * x.row(r)[j];
        product += residual[r] * x.row(r)[j];
      }
      if (!(square + l2 > 0)) continue;
      double next = soft(product + square * m.weights[j], l1) / (square + l2);
      if (positive) next = std::max(next, 0.0);
      for (int64_t r = 0; r < x.rows; ++r) residual[r] -= (next - m.weights[j]) * x.row(r)[j];
      m.weights[j] = next;
    }
  }
  return m;
}

LinearModel logistic_l1(ConstMatrix x, const std::vector<double>& y, double l1, bool intercept, int sweeps) {
  LinearModel m{std::vector<double>(x.cols, 0.0), 0};
  std::vector<double> margins(x.rows, 0.0);
  const auto step = [&](auto value_of, double weight, double penalty) {
    double gradient = 0, bound = 0;
    for (int64_t r = 0; r < x.rows; ++r) {
      gradient += (1 / (1 + std::exp(-margins[r])) - y[r]) * value_of(r);
      bound += 0.25 * value_of(r) * value_of(r);
    }
    if (!(bound > 0)) return weight;
    const double next = soft(bound * weight - gradient, penalty) / bound;
    for (int64_t r = 0; r < x.rows; ++r) margins[r] += (next - weight) * value_of(r);
    return next;
  };
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    if (intercept) m.intercept = step([](int64_t) { return 1.0; }, m.intercept, 0);
    for (int64_t j = 0; j < x.cols; ++j)
      m.weights[j] = step([&](int64_t r) { return static_cast<double>(x.row(r)[j]); }, m.weights[j], l1);
  }
  return m;
}

}  // namespace kindred::reference

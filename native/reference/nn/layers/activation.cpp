#include "reference/nn/layers/activation.h"

#include <cmath>
#include <numbers>

namespace kindred::reference {
namespace {

using nn::Activation;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double normal_density(double x) {
  return std::exp(-0.5 * x * x) * 0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2;
}

const double kRoot = std::sqrt(2 / std::numbers::pi);
constexpr double kCubic = 0.044715;

// tanh's argument in gelu_tanh, and its slope
double inner(double x) { return kRoot * (x + kCubic * x * x * x); }
double inner_slope(double x) { return kRoot * (1 + 3 * kCubic * x * x); }

}  // namespace

double activate(Activation kind, double x) {
  if (std::isnan(x)) return x;
  const bool ends_in_zero = kind != Activation::tanh;
  if (x == -INFINITY && ends_in_zero) return 0;
  if (kind == Activation::relu) return x > 0 ? x : 0;
  if (kind == Activation::gelu) return x * normal_distribution(x);
  if (kind == Activation::gelu_tanh) return x / (1 + std::exp(-2 * inner(x)));  // (1 + tanh u) / 2 = sigmoid(2 u)
  if (kind == Activation::tanh) return std::tanh(x);
  if (kind == Activation::sigmoid) return sigmoid(x);
  return x * sigmoid(x);
}

double activation_slope(Activation kind, double x) {
  if (std::isnan(x)) return x;
  const double limit = kind == Activation::tanh || kind == Activation::sigmoid || x < 0 ? 0 : 1;
  if (std::fabs(x) > 1e6) return limit;
  if (kind == Activation::relu) return x > 0 ? 1 : 0;
  if (kind == Activation::gelu) return normal_distribution(x) + x * normal_density(x);
  if (kind == Activation::gelu_tanh) {
    const double t = std::tanh(inner(x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner_slope(x);
  }
  if (kind == Activation::tanh) return 1 - std::tanh(x) * std::tanh(x);
  const double s = sigmoid(x);
  if (kind == Activation::sigmoid) return s * (1 - s);
  return s * (1 + x * (1 - s));
}

}  // namespace kindred::reference

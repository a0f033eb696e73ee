#include "reference/sgd/bpr_batches.h"

#include <cmath>

namespace kindred::reference {
namespace {

void descend(std::vector<double>& values, const std::vector<double>& gradient, std::vector<double>& mean,
             std::vector<double>& square, double rate, Optimizer optimizer, int64_t t) {
  const double mean_rest = 1 - std::pow(kAdamMeanDecay, static_cast<double>(t));
  const double square_rest = 1 - std::pow(kAdamSquareDecay, static_cast<double>(t));
  for (size_t n = 0; n < values.size(); ++n) {
    const double g = gradient[n];
    if (optimizer == Optimizer::sgd) {
      values[n] -= rate * g;
    } else if (optimizer == Optimizer::adagrad) {
      square[n] += g * g;
      values[n] -= rate * g / (std::sqrt(square[n]) + kAdagradEpsilon);
    } else {
      mean[n] = kAdamMeanDecay * mean[n] + (1 - kAdamMeanDecay) * g;
      square[n] = kAdamSquareDecay * square[n] + (1 - kAdamSquareDecay) * g * g;
      values[n] -= rate * (mean[n] / mean_rest) / (std::sqrt(square[n] / square_rest) + kAdamEpsilon);
    }
  }
}

}  // namespace

double bpr_batch_step(Sgd& m, Moments& mean, Moments& square, const std::vector<BprSample>& samples,
                      Optimizer optimizer, int64_t t) {
  std::vector<double> X(m.X.size()), Y(m.Y.size()), item_bias(m.item_bias.size());
  const double share = 1 / static_cast<double>(samples.size());
  double loss = 0;
  for (const BprSample& s : samples) {
    double difference = m.item_bias[s.item] - m.item_bias[s.other];
    for (int64_t k = 0; k < m.width; ++k)
      difference += m.X[s.user * m.width + k] * (m.Y[s.item * m.width + k] - m.Y[s.other * m.width + k]);
    loss += std::log1p(std::exp(-difference));
    const double wrong = 1 / (1 + std::exp(difference));
    for (int64_t k = 0; k < m.width; ++k) {
      const int64_t x = s.user * m.width + k, y = s.item * m.width + k, z = s.other * m.width + k;
      X[x] += share * (wrong * (m.Y[z] - m.Y[y]) + m.regularization * m.X[x]);
      Y[y] += share * (-wrong * m.X[x] + m.regularization * m.Y[y]);
      Y[z] += share * (wrong * m.X[x] + m.regularization * m.Y[z]);
    }
    item_bias[s.item] += share * (-wrong + m.regularization * m.item_bias[s.item]);
    item_bias[s.other] += share * (wrong + m.regularization * m.item_bias[s.other]);
  }
  descend(m.X, X, mean.X, square.X, m.learning_rate, optimizer, t);
  descend(m.Y, Y, mean.Y, square.Y, m.learning_rate, optimizer, t);
  descend(m.item_bias, item_bias, mean.item_bias, square.item_bias, m.learning_rate, optimizer, t);
  return loss;
}

}  // namespace kindred::reference

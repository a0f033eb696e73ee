#include "reference/nn/losses/margin.h"

#include <algorithm>

#include "reference/nn/losses/loss.h"

namespace kindred::reference {
namespace {

bool positive(const Doubles& signs, size_t i) { return signs.empty() || signs[i] > 0; }

Doubles row_of(const Table& x, int64_t r) {
  return {x.values.begin() + r * x.cols, x.values.begin() + (r + 1) * x.cols};
}

double total(const Doubles& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  return sum;
}

}  // namespace

double hinge_loss(const Doubles& x, const Doubles& signs, double margin) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += std::max(0.0, margin - (positive(signs, i) ? x[i] : -x[i]));
  return x.empty() ? 0 : sum / static_cast<double>(x.size());
}

Doubles hinge_loss_gradient(const Doubles& x, const Doubles& signs, double margin, double dloss) {
  Doubles out;
  for (size_t i = 0; i < x.size(); ++i) {
    const double sign = positive(signs, i) ? 1 : -1;
    out.push_back(sign * x[i] < margin ? -sign * dloss / static_cast<double>(x.size()) : 0);
  }
  return out;
}

double cosine_loss(const Doubles& x, const Doubles& signs, double margin) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += positive(signs, i) ? 1 - x[i] : std::max(0.0, x[i] - margin);
  return x.empty() ? 0 : sum / static_cast<double>(x.size());
}

Doubles cosine_loss_gradient(const Doubles& x, const Doubles& signs, double margin, double dloss) {
  Doubles out;
  for (size_t i = 0; i < x.size(); ++i) {
    const double slope = positive(signs, i) ? -1 : x[i] > margin ? 1 : 0;
    out.push_back(slope * dloss / static_cast<double>(x.size()));
  }
  return out;
}

double weighted_loss(bool squared, const Table& x, const Table& targets, const Doubles& weights) {
  double sum = 0;
  for (int64_t r = 0; r < x.rows; ++r)
    sum += weights[r] * (squared ? squared_error(row_of(x, r), row_of(targets, r))
                                 : binary_cross_entropy(row_of(x, r), row_of(targets, r)));
  return total(weights) == 0 ? 0 : sum / total(weights);
}

Table weighted_loss_gradient(bool squared, const Table& x, const Table& targets, const Doubles& weights, double dloss) {
  Table out(x.rows, x.cols);
  for (int64_t r = 0; r < x.rows && total(weights) > 0; ++r) {
    const double factor = dloss * weights[r] / total(weights);
    const Doubles row = squared ? squared_error_gradient(row_of(x, r), row_of(targets, r), factor)
                                : binary_cross_entropy_gradient(row_of(x, r), row_of(targets, r), factor);
    std::copy(row.begin(), row.end(), out.values.begin() + r * x.cols);
  }
  return out;
}

}  // namespace kindred::reference

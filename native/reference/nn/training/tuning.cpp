#include "reference/nn/training/tuning.h"

#include <cmath>

#include "reference/nn/losses/loss.h"

namespace kindred::reference {

double symmetric_divergence(const Table& a, const Table& b) {
  const Table p = softmax_rows(a), q = softmax_rows(b);
  double total = 0;
  for (size_t i = 0; i < p.values.size(); ++i)
    total += (p.values[i] - q.values[i]) * (std::log(p.values[i]) - std::log(q.values[i])) / 2;
  return a.rows == 0 ? 0 : total / static_cast<double>(a.rows);
}

Table symmetric_divergence_gradient(const Table& a, const Table& b, double dloss) {
  const Table p = softmax_rows(a), q = softmax_rows(b);
  Table out(a.rows, a.cols);
  for (int64_t r = 0; r < a.rows; ++r) {
    double divergence = 0;
    for (int64_t c = 0; c < a.cols; ++c) divergence += p.at(r, c) * std::log(p.at(r, c) / q.at(r, c));
    for (int64_t c = 0; c < a.cols; ++c)
      out.at(r, c) = dloss / static_cast<double>(a.rows) / 2 *
                     (p.at(r, c) * (std::log(p.at(r, c) / q.at(r, c)) - divergence) + p.at(r, c) - q.at(r, c));
  }
  return out;
}

Table bound_sequences(const Table& x, const std::vector<int32_t>& offsets, double limit, bool exactly) {
  Table out(x.rows, x.cols);
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    double squares = 0;
    for (int64_t r = offsets[s]; r < offsets[s + 1]; ++r)
      for (int64_t c = 0; c < x.cols; ++c) squares += x.at(r, c) * x.at(r, c);
    const double norm = std::sqrt(squares);
    for (int64_t r = offsets[s]; r < offsets[s + 1]; ++r)
      for (int64_t c = 0; c < x.cols; ++c)
        out.at(r, c) = norm > 0 && (exactly || norm > limit) ? x.at(r, c) * limit / norm : x.at(r, c);
  }
  return out;
}

Table sequence_products(const Table& a, const Table& b, const std::vector<int32_t>& offsets) {
  Table out(static_cast<int64_t>(offsets.size()) - 1, a.cols);
  for (int64_t s = 0; s < out.rows; ++s)
    for (int64_t r = offsets[s]; r < offsets[s + 1]; ++r)
      for (int64_t c = 0; c < a.cols; ++c) out.at(s, c) += a.at(r, c) * b.at(r, c);
  return out;
}

void smoothed_sensitivity(const Doubles& weights, const Doubles& gradient, double beta1, double beta2, Doubles& mean,
                          Doubles& uncertainty) {
  for (size_t i = 0; i < weights.size(); ++i) {
    const double s = std::fabs(weights[i] * gradient[i]);
    mean[i] = beta1 * mean[i] + (1 - beta1) * s;
    uncertainty[i] = beta2 * uncertainty[i] + (1 - beta2) * std::fabs(s - mean[i]);
  }
}

}  // namespace kindred::reference

#include "reference/nn/losses/loss.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

double log_sum(const Table& x, int64_t r) {
  double largest = -INFINITY, sum = 0;
  for (int64_t c = 0; c < x.cols; ++c) largest = std::max(largest, x.at(r, c));
  for (int64_t c = 0; c < x.cols; ++c) sum += std::exp(x.at(r, c) - largest);
  return largest + std::log(sum);
}

double counting(const std::vector<int32_t>& labels) {
  return static_cast<double>(std::count_if(labels.begin(), labels.end(), [](int32_t label) { return label >= 0; }));
}

// -ln sigmoid(x)
double soft_plus(double x) { return std::max(-x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

}  // namespace

Table softmax_rows(const Table& x) {
  Table out(x.rows, x.cols);
  for (int64_t r = 0; r < x.rows; ++r) {
    const double whole = log_sum(x, r);
    for (int64_t c = 0; c < x.cols; ++c) out.at(r, c) = std::exp(x.at(r, c) - whole);
  }
  return out;
}

Table log_softmax_rows(const Table& x) {
  Table out(x.rows, x.cols);
  for (int64_t r = 0; r < x.rows; ++r) {
    const double whole = log_sum(x, r);
    for (int64_t c = 0; c < x.cols; ++c) out.at(r, c) = x.at(r, c) - whole;
  }
  return out;
}

// By the Jacobian: dy_d / dx_c = y_d ([c = d] - y_c).
Table softmax_rows_gradient(const Table& x, const Table& dy) {
  const Table y = softmax_rows(x);
  Table dx(x.rows, x.cols);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c)
      for (int64_t d = 0; d < x.cols; ++d) dx.at(r, c) += dy.at(r, d) * y.at(r, d) * ((c == d ? 1 : 0) - y.at(r, c));
  return dx;
}

Table log_softmax_rows_gradient(const Table& x, const Table& dy) {
  const Table p = softmax_rows(x);
  Table dx(x.rows, x.cols);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c)
      for (int64_t d = 0; d < x.cols; ++d) dx.at(r, c) += dy.at(r, d) * ((c == d ? 1 : 0) - p.at(r, c));
  return dx;
}

double cross_entropy(const Table& logits, const std::vector<int32_t>& labels) {
  double total = 0;
  for (int64_t r = 0; r < logits.rows; ++r)
    if (labels[r] >= 0) total += log_sum(logits, r) - logits.at(r, labels[r]);
  return total / std::max(counting(labels), 1.0);
}

Table cross_entropy_gradient(const Table& logits, const std::vector<int32_t>& labels, double dloss) {
  Table out(logits.rows, logits.cols);
  const Table p = softmax_rows(logits);
  const double share = dloss / counting(labels);
  for (int64_t r = 0; r < logits.rows; ++r)
    for (int64_t c = 0; c < logits.cols; ++c)
      if (labels[r] >= 0) out.at(r, c) = share * (p.at(r, c) - (labels[r] == c ? 1 : 0));
  return out;
}

double binary_cross_entropy(const Doubles& logits, const Doubles& targets) {
  double total = 0;
  for (size_t i = 0; i < logits.size(); ++i)
    total += targets[i] * soft_plus(logits[i]) + (1 - targets[i]) * soft_plus(-logits[i]);
  return logits.empty() ? 0 : total / static_cast<double>(logits.size());
}

Doubles binary_cross_entropy_gradient(const Doubles& logits, const Doubles& targets, double dloss) {
  Doubles out;
  for (size_t i = 0; i < logits.size(); ++i)
    out.push_back(dloss * (1 / (1 + std::exp(-logits[i])) - targets[i]) / static_cast<double>(logits.size()));
  return out;
}

double squared_error(const Doubles& x, const Doubles& targets) {
  double total = 0;
  for (size_t i = 0; i < x.size(); ++i) total += (x[i] - targets[i]) * (x[i] - targets[i]);
  return x.empty() ? 0 : total / static_cast<double>(x.size());
}

Doubles squared_error_gradient(const Doubles& x, const Doubles& targets, double dloss) {
  Doubles out;
  for (size_t i = 0; i < x.size(); ++i) out.push_back(dloss * 2 * (x[i] - targets[i]) / static_cast<double>(x.size()));
  return out;
}

}  // namespace kindred::reference

#include "reference/nn/losses/large_softmax.h"

#include <algorithm>
#include <cmath>

#include "reference/nn/layers/linear.h"
#include "reference/nn/losses/loss.h"

namespace kindred::reference {
namespace {

// The logits of row r's own class and of the samples that count for it, and the rows of w that they are of.
struct Logits {
  Doubles values;
  std::vector<int64_t> rows;
};

Logits logits_of(const SampledSoftmax& of, int64_t r) {
  Logits out;
  for (int64_t i = 0; i < of.w.rows; ++i) {
    const bool is_own = i == r, counts = i >= of.x.rows && of.ids[i] != of.ids[r];
    if (!is_own && !counts) continue;
    double logit = (of.bias.empty() ? 0 : of.bias[i]) - (of.log_q.empty() ? 0 : of.log_q[i]);
    for (int64_t d = 0; d < of.x.cols; ++d) logit += of.x.at(r, d) * of.w.at(i, d);
    out.values.push_back(logit);
    out.rows.push_back(i);
  }
  return out;
}

}  // namespace

double linear_cross_entropy(const Table& x, const Table& w, const Doubles& bias, const std::vector<int32_t>& labels) {
  return cross_entropy(linear(x, w, bias), labels);
}

WeightGradients linear_cross_entropy_gradient(const Table& x, const Table& w, const Doubles& bias,
                                              const std::vector<int32_t>& labels, double dloss) {
  const Table dlogits = cross_entropy_gradient(linear(x, w, bias), labels, dloss);
  return {linear_input_gradient(dlogits, w), linear_weight_gradient(dlogits, x), column_sums(dlogits)};
}

Table probabilities_without(const Table& x, const Table& w, const Doubles& bias, const std::vector<int32_t>& excluded,
                            int64_t width) {
  Table p = linear(x, w, bias);
  for (int64_t r = 0; r < p.rows; ++r) {
    std::vector<bool> is_excluded(p.cols, false);
    for (int64_t n = 0; n < width; ++n)
      if (excluded[r * width + n] >= 0) is_excluded[excluded[r * width + n]] = true;
    double greatest = -INFINITY, sum = 0;
    for (int64_t c = 0; c < p.cols; ++c)
      if (!is_excluded[c]) greatest = std::max(greatest, p.at(r, c));
    for (int64_t c = 0; c < p.cols; ++c) sum += p.at(r, c) = is_excluded[c] ? 0 : std::exp(p.at(r, c) - greatest);
    for (int64_t c = 0; c < p.cols; ++c) p.at(r, c) /= sum;
  }
  return p;
}

FactoredLoss factored_cross_entropy(const Table& x, const Table& w, const Doubles& bias,
                                    const std::vector<int32_t>& labels, const Doubles& factors,
                                    const std::vector<int32_t>& excluded, int64_t width, double dloss) {
  std::vector<int32_t> others = excluded;
  double count = 0;
  for (int64_t r = 0; r < x.rows; ++r) {
    count += labels[r] >= 0;
    for (int64_t n = 0; n < width; ++n)
      if (others[r * width + n] == labels[r]) others[r * width + n] = -1;
  }
  Table dlogits = probabilities_without(x, w, bias, others, width);
  double loss = 0;
  for (int64_t r = 0; r < x.rows; ++r) {
    const double factor = labels[r] >= 0 ? factors[r] / count : 0;
    if (labels[r] >= 0) {
      loss -= factor * std::log(dlogits.at(r, labels[r]));
      dlogits.at(r, labels[r]) -= 1;
    }
    // A row without a label may have no class at all.
    for (int64_t c = 0; c < w.rows; ++c) dlogits.at(r, c) = labels[r] >= 0 ? dloss * factor * dlogits.at(r, c) : 0;
  }
  return {loss, {linear_input_gradient(dlogits, w), linear_weight_gradient(dlogits, x), column_sums(dlogits)}};
}

double sampled_softmax(const SampledSoftmax& of) {
  double total = 0;
  for (int64_t r = 0; r < of.x.rows; ++r) {
    const Doubles logits = logits_of(of, r).values;  // the own class is the first
    const Table row(1, static_cast<int64_t>(logits.size()), logits);
    total += cross_entropy(row, {0});
  }
  return of.x.rows == 0 ? 0 : total / static_cast<double>(of.x.rows);
}

WeightGradients sampled_softmax_gradient(const SampledSoftmax& of, double dloss) {
  WeightGradients out{Table(of.x.rows, of.x.cols), Table(of.w.rows, of.w.cols), Doubles(of.w.rows, 0.0)};
  for (int64_t r = 0; r < of.x.rows; ++r) {
    const auto [values, rows] = logits_of(of, r);
    const Table row(1, static_cast<int64_t>(values.size()), values);
    const Table gradient = cross_entropy_gradient(row, {0}, dloss / static_cast<double>(of.x.rows));
    for (size_t n = 0; n < rows.size(); ++n) {
      out.bias[rows[n]] += gradient.values[n];
      for (int64_t d = 0; d < of.x.cols; ++d) {
        out.x.at(r, d) += gradient.values[n] * of.w.at(rows[n], d);
        out.w.at(rows[n], d) += gradient.values[n] * of.x.at(r, d);
      }
    }
  }
  return out;
}

}  // namespace kindred::reference

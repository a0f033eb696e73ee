#include "kindred/nn/losses/soft_loss.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/nn/block_sums.h"
#include "cpu/nn/losses/row_weights.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 16;

// p = softmax(x / temperature) [n], n > 0; the logarithm of the sum of exp((x - greatest x) / temperature).
double softmax_at(const float* x, int64_t n, float temperature, float greatest, float* p) {
  for (int64_t c = 0; c < n; ++c) p[c] = (x[c] - greatest) / temperature;
  return kernels().nn.softmax(p, n, p);
}

// - sum of t ln softmax(x / temperature), plus that of t ln t if `relative`; `row` is scratch [n]
double loss_of_row(const float* x, const float* t, int64_t n, float temperature, bool relative, float* row) {
  if (n == 0) return 0;
  const float greatest = *std::max_element(x, x + n);
  const double log_sum = softmax_at(x, n, temperature, greatest, row);
  double sum = 0;
  for (int64_t c = 0; c < n; ++c) {
    if (t[c] == 0) continue;  // 0 times infinity would be no number
    const double difference = (static_cast<double>(x[c]) - greatest) / temperature;
    sum += t[c] * (log_sum - difference + (relative ? std::log(static_cast<double>(t[c])) : 0.0));
  }
  return std::isnan(log_sum) ? log_sum : sum;
}

// dx = factor (softmax(x / temperature) sum t - t)
void gradient_of_row(const float* x, const float* t, int64_t n, float temperature, float factor, float* dx) {
  if (n == 0) return;
  softmax_at(x, n, temperature, *std::max_element(x, x + n), dx);
  double total = 0;
  for (int64_t c = 0; c < n; ++c) total += t[c];
  for (int64_t c = 0; c < n; ++c) dx[c] = factor * (static_cast<float>(total) * dx[c] - t[c]);
}

void check_targets(ConstMatrix targets) {
  for (int64_t r = 0; r < targets.rows; ++r)
    for (int64_t c = 0; c < targets.cols; ++c)
      if (targets.row(r)[c] < 0)
        fail_value("targets[" + std::to_string(r) + "]: expected probabilities but one is " +
                   std::to_string(targets.row(r)[c]) + ".");
}

void check_labels(const int32_t* labels, int64_t rows, int64_t classes) {
  for (int64_t r = 0; r < rows; ++r)
    if (labels[r] >= classes)
      fail_value("labels[" + std::to_string(r) + "]: expected a class below " + std::to_string(classes) +
                 " but received " + std::to_string(labels[r]) + ".");
}

// How often each row counts: not at all without a label.
std::vector<float> counts_of(int64_t rows, const SmoothLabels& with) {
  std::vector<float> counts(rows);
  for (int64_t r = 0; r < rows; ++r) counts[r] = with.labels[r] < 0 ? 0.0f : with.weights ? with.weights[r] : 1.0f;
  return counts;
}

// The target of a label, in t [classes]
void spread(int32_t label, float smoothing, int64_t classes, float* t) {
  std::fill_n(t, classes, smoothing / static_cast<float>(classes));
  t[label] += 1.0f - smoothing;
}

// target_of(r, scratch [classes]) gives the target of a row.
template <class TargetOf>
float mean_loss(ConstMatrix x, const float* weights, float temperature, bool relative, const AbortFlag* abort,
                const TargetOf& target_of) {
  const double total = total_weight(weights, x.rows);
  if (total == 0) return 0;
  const double sum = sum_of_blocks(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> row(x.cols), target(x.cols);
    double part = 0;
    for (int64_t r = begin; r < end; ++r)
      if (const float weight = weight_of(weights, r); weight != 0)
        part += weight * loss_of_row(x.row(r), target_of(r, target.data()), x.cols, temperature, relative, row.data());
    return part;
  });
  return static_cast<float>(sum / total);
}

template <class TargetOf>
void mean_gradient(ConstMatrix x, const float* weights, float temperature, float dloss, Matrix dx,
                   const AbortFlag* abort, const TargetOf& target_of) {
  const double total = total_weight(weights, x.rows);
  parallel_for(x.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> target(x.cols);
    for (int64_t r = begin; r < end; ++r) {
      const float weight = weight_of(weights, r);
      if (weight == 0) {
        std::fill_n(dx.row(r), x.cols, 0.0f);
        continue;
      }
      const auto factor = static_cast<float>(dloss * (weight / total) / temperature);
      gradient_of_row(x.row(r), target_of(r, target.data()), x.cols, temperature, factor, dx.row(r));
    }
  });
}

}  // namespace

float soft_cross_entropy(ConstMatrix logits, const SoftTargets& with, const AbortFlag* abort) {
  check_targets(with.targets);
  return mean_loss(logits, with.weights, with.temperature, with.relative, abort,
                   [&](int64_t r, float*) { return with.targets.row(r); });
}

void soft_cross_entropy_gradient(ConstMatrix logits, const SoftTargets& with, float dloss, Matrix dlogits,
                                 const AbortFlag* abort) {
  check_targets(with.targets);
  mean_gradient(logits, with.weights, with.temperature, dloss, dlogits, abort,
                [&](int64_t r, float*) { return with.targets.row(r); });
}

float smooth_cross_entropy(ConstMatrix logits, const SmoothLabels& with, const AbortFlag* abort) {
  check_labels(with.labels, logits.rows, logits.cols);
  return mean_loss(logits, counts_of(logits.rows, with).data(), 1, false, abort, [&](int64_t r, float* target) {
    spread(with.labels[r], with.smoothing, logits.cols, target);
    return target;
  });
}

void smooth_cross_entropy_gradient(ConstMatrix logits, const SmoothLabels& with, float dloss, Matrix dlogits,
                                   const AbortFlag* abort) {
  check_labels(with.labels, logits.rows, logits.cols);
  mean_gradient(logits, counts_of(logits.rows, with).data(), 1, dloss, dlogits, abort, [&](int64_t r, float* target) {
    spread(with.labels[r], with.smoothing, logits.cols, target);
    return target;
  });
}

}  // namespace kindred::nn

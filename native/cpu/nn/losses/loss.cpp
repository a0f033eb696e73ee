#include "kindred/nn/losses/loss.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/nn/block_sums.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 16;
constexpr int64_t kNumbers = 4096;

int64_t count_labels(ConstMatrix logits, const int32_t* labels) {
  int64_t count = 0;
  for (int64_t r = 0; r < logits.rows; ++r) {
    if (labels[r] >= logits.cols)
      fail_value("labels[" + std::to_string(r) + "]: expected a class below " + std::to_string(logits.cols) +
                 " but received " + std::to_string(labels[r]) + ".");
    count += labels[r] >= 0;
  }
  return count;
}

// -ln softmax(logits)[label]; weights [classes] are the softmax
double cross_entropy_of(const float* logits, int64_t classes, int32_t label, const float* weights) {
  if (weights[label] > 1e-30f) return -std::log(static_cast<double>(weights[label]));
  // By the greatest logit, whose weight is at least 1 / classes.
  const float* const most = std::max_element(logits, logits + classes);
  return static_cast<double>(*most) - logits[label] - std::log(static_cast<double>(weights[most - logits]));
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

float cross_entropy(ConstMatrix logits, const int32_t* labels, const AbortFlag* abort) {
  const int64_t count = count_labels(logits, labels);
  if (count == 0) return 0;
  const double total = sum_of_blocks(logits.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> row(logits.cols);
    double sum = 0;
    for (int64_t r = begin; r < end; ++r)
      if (labels[r] >= 0) {
        kernels().nn.softmax(logits.row(r), logits.cols, row.data());
        sum += cross_entropy_of(logits.row(r), logits.cols, labels[r], row.data());
      }
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(count));
}

void cross_entropy_gradient(ConstMatrix logits, const int32_t* labels, float dloss, Matrix dlogits,
                            const AbortFlag* abort) {
  const int64_t count = count_labels(logits, labels);
  const float factor = dloss / static_cast<float>(std::max<int64_t>(count, 1));
  parallel_for(logits.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      float* const row = dlogits.row(r);
      if (labels[r] < 0) {
        std::fill_n(row, logits.cols, 0.0f);
        continue;
      }
      kernels().nn.softmax(logits.row(r), logits.cols, row);
      row[labels[r]] -= 1.0f;
      kernels().scale(factor, row, logits.cols);
    }
  });
}

float binary_cross_entropy(const float* logits, const float* targets, int64_t n, const AbortFlag* abort) {
  if (n == 0) return 0;
  const double total = sum_of_blocks(n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double x = logits[i];
      sum += std::max(x, 0.0) - x * targets[i] + std::log1p(std::exp(-std::fabs(x)));
    }
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(n));
}

void binary_cross_entropy_gradient(const float* logits, const float* targets, int64_t n, float dloss, float* dlogits,
                                   const AbortFlag* abort) {
  const double factor = dloss / static_cast<double>(std::max<int64_t>(n, 1));
  parallel_for(n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) dlogits[i] = static_cast<float>(factor * (sigmoid(logits[i]) - targets[i]));
  });
}

float squared_error(const float* x, const float* targets, int64_t n, const AbortFlag* abort) {
  if (n == 0) return 0;
  const double total = sum_of_blocks(n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += (double(x[i]) - targets[i]) * (double(x[i]) - targets[i]);
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(n));
}

void squared_error_gradient(const float* x, const float* targets, int64_t n, float dloss, float* dx,
                            const AbortFlag* abort) {
  const float factor = 2 * dloss / static_cast<float>(std::max<int64_t>(n, 1));
  parallel_for(n, kNumbers, abort, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) dx[i] = factor * (x[i] - targets[i]);
  });
}

}  // namespace kindred::nn

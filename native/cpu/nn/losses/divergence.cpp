#include "kindred/nn/losses/divergence.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 16;

// The logarithms of the softmax of a row, in double: classes are few.
void log_softmax(const float* x, int64_t n, double* out) {
  const double greatest = *std::max_element(x, x + n);
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(x[i] - greatest);
  const double log_sum = greatest + std::log(sum);
  for (int64_t i = 0; i < n; ++i) out[i] = x[i] - log_sum;
}

// Calls body(row, logarithms of p, logarithms of q) for the rows [begin, end).
template <class Body>
void for_rows(ConstMatrix a, ConstMatrix b, int64_t begin, int64_t end, const Body& body) {
  std::vector<double> log_p(a.cols), log_q(a.cols);
  for (int64_t r = begin; r < end; ++r) {
    log_softmax(a.row(r), a.cols, log_p.data());
    log_softmax(b.row(r), b.cols, log_q.data());
    body(r, log_p.data(), log_q.data());
  }
}

}  // namespace

float symmetric_divergence(ConstMatrix a, ConstMatrix b, const AbortFlag* abort) {
  if (a.rows == 0 || a.cols == 0) return 0;
  std::vector<double> rows(a.rows, 0.0);
  parallel_for(a.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for_rows(a, b, begin, end, [&](int64_t r, const double* log_p, const double* log_q) {
      for (int64_t c = 0; c < a.cols; ++c)
        rows[r] += (std::exp(log_p[c]) - std::exp(log_q[c])) * (log_p[c] - log_q[c]) / 2;
    });
  });
  double total = 0;
  for (const double row : rows) total += row;
  return static_cast<float>(total / static_cast<double>(a.rows));
}

void symmetric_divergence_gradient(ConstMatrix a, ConstMatrix b, float dloss, Matrix da, const AbortFlag* abort) {
  const double factor = dloss / 2 / static_cast<double>(std::max<int64_t>(a.rows, 1));
  if (a.cols == 0) return;
  parallel_for(a.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for_rows(a, b, begin, end, [&](int64_t r, const double* log_p, const double* log_q) {
      double divergence = 0;  // KL(p | q)
      for (int64_t c = 0; c < a.cols; ++c) divergence += std::exp(log_p[c]) * (log_p[c] - log_q[c]);
      for (int64_t c = 0; c < a.cols; ++c) {
        const double p = std::exp(log_p[c]);
        da.row(r)[c] = static_cast<float>(factor * (p * (log_p[c] - log_q[c] - divergence) + p - std::exp(log_q[c])));
      }
    });
  });
}

}  // namespace kindred::nn

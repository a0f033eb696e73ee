#include "reference/text/distill.h"

#include <cmath>

namespace kindred::reference {
namespace {

struct Forward {
  std::vector<double> s;       // [texts, dims]
  std::vector<double> length;  // [texts], |u|
};

Forward forward(const DistillProblem& p, const std::vector<double>& table) {
  Forward out{std::vector<double>(p.texts() * p.dims, 0.0), std::vector<double>(p.texts(), 0.0)};
  for (int64_t b = 0; b < p.texts(); ++b) {
    double* u = out.s.data() + b * p.dims;
    for (int32_t i = p.indptr[b]; i < p.indptr[b + 1]; ++i)
      for (int64_t d = 0; d < p.dims; ++d) u[d] += p.token_weights[p.tokens[i]] * table[p.tokens[i] * p.dims + d];
    for (int64_t d = 0; d < p.dims; ++d) out.length[b] += u[d] * u[d];
    out.length[b] = std::sqrt(out.length[b]);
    for (int64_t d = 0; d < p.dims; ++d) u[d] = out.length[b] > 0 ? u[d] / out.length[b] : 0.0;
  }
  return out;
}

double dot(const double* a, const double* b, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += a[i] * b[i];
  return total;
}

// S_bc - T_bc
double difference(const DistillProblem& p, const Forward& f, int64_t b, int64_t c) {
  return dot(f.s.data() + b * p.dims, f.s.data() + c * p.dims, p.dims) -
         dot(p.teacher.data() + b * p.dims, p.teacher.data() + c * p.dims, p.dims);
}

}  // namespace

DistillLoss distill_loss(const DistillProblem& p, const std::vector<double>& table) {
  const Forward f = forward(p, table);
  const double n = static_cast<double>(p.texts());
  DistillLoss loss{0, 0};
  for (int64_t b = 0; b < p.texts(); ++b) {
    loss.cosine += (1 - dot(f.s.data() + b * p.dims, p.teacher.data() + b * p.dims, p.dims)) / n;
    for (int64_t c = 0; c < p.texts(); ++c) loss.similarity += std::pow(difference(p, f, b, c), 2) / (n * n);
  }
  return loss;
}

std::vector<double> distill_gradient(const DistillProblem& p, const std::vector<double>& table) {
  const Forward f = forward(p, table);
  const double n = static_cast<double>(p.texts());
  std::vector<double> out(p.rows * p.dims, 0.0), g(p.dims);
  for (int64_t b = 0; b < p.texts(); ++b) {
    if (f.length[b] == 0) continue;
    const double* s = f.s.data() + b * p.dims;
    for (int64_t d = 0; d < p.dims; ++d) g[d] = -p.teacher[b * p.dims + d] / n;
    for (int64_t c = 0; c < p.texts(); ++c) {
      const double scale = 4 * p.similarity_weight / (n * n) * difference(p, f, b, c);
      for (int64_t d = 0; d < p.dims; ++d) g[d] += scale * f.s[c * p.dims + d];
    }
    const double along = dot(g.data(), s, p.dims);
    for (int32_t i = p.indptr[b]; i < p.indptr[b + 1]; ++i)
      for (int64_t d = 0; d < p.dims; ++d)
        out[p.tokens[i] * p.dims + d] += p.token_weights[p.tokens[i]] * (g[d] - along * s[d]) / f.length[b];
  }
  return out;
}

}  // namespace kindred::reference

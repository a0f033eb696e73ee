#include "reference/linear/ftrl.h"

#include <cmath>

namespace kindred::reference {
namespace {

double weight(double z, double n, const FtrlSettings& s, bool penalised) {
  const double l1 = penalised ? s.l1 : 0, l2 = penalised ? s.l2 : 0;
  if (std::fabs(z) <= l1) return 0;
  return -(z - (z < 0 ? -l1 : l1)) / ((s.beta + std::sqrt(n)) / s.alpha + l2);
}

void step(double& z, double& n, double w, double g, const FtrlSettings& s) {
  z += g - (std::sqrt(n + g * g) - std::sqrt(n)) / s.alpha * w;
  n += g * g;
}

struct Row {
  int64_t begin, end;
};

double value_of(const FtrlRows& rows, int64_t e) { return rows.values ? rows.values[e] : 1.0; }

double logit(const FtrlRows& rows, Row row, int64_t dims, const FtrlSettings& s, const Ftrl& state) {
  FtrlSettings no_l1 = s;
  no_l1.l1 = 0;
  const size_t bias = state.weights.size() - 2;
  double sum = weight(state.weights[bias], state.weights[bias + 1], s, false);
  for (int64_t e = row.begin; e < row.end; ++e)
    sum += weight(state.weights[2 * rows.cells[e]], state.weights[2 * rows.cells[e] + 1], s, true) * value_of(rows, e);
  const auto v = [&](int64_t e, int64_t f) {
    const double* const cell = state.factors.data() + 2 * dims * rows.cells[e];
    return weight(cell[f], cell[dims + f], no_l1, true) * value_of(rows, e);
  };
  for (int64_t f = 0; f < dims; ++f)
    for (int64_t i = row.begin; i < row.end; ++i)
      for (int64_t j = i + 1; j < row.end; ++j) sum += v(i, f) * v(j, f);
  return sum;
}

}  // namespace

double ftrl_learn(const FtrlRows& rows, const float* labels, int64_t dims, const FtrlSettings& s, Ftrl& state) {
  FtrlSettings no_l1 = s, no_penalty = s;
  no_l1.l1 = 0;
  no_penalty.l1 = no_penalty.l2 = 0;
  double loss = 0;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const Row row{rows.offsets[r], rows.offsets[r + 1]};
    const Ftrl before = state;
    const double p = 1 / (1 + std::exp(-logit(rows, row, dims, s, state)));
    loss -= labels[r] > 0 ? std::log(p) : std::log1p(-p);
    const double error = p - labels[r];
    const size_t bias = state.weights.size() - 2;
    step(state.weights[bias], state.weights[bias + 1],
         weight(state.weights[bias], state.weights[bias + 1], no_penalty, true), error, s);
    for (int64_t e = row.begin; e < row.end; ++e) {
      const size_t cell = 2 * static_cast<size_t>(rows.cells[e]);
      double z = before.weights[cell], n = before.weights[cell + 1];
      step(z, n, weight(z, n, s, true), error * value_of(rows, e), s);
      state.weights[cell] += z - before.weights[cell];
      state.weights[cell + 1] += n - before.weights[cell + 1];
      for (int64_t f = 0; f < dims; ++f) {
        double others = 0;
        for (int64_t o = row.begin; o < row.end; ++o) {
          const size_t at = 2 * dims * rows.cells[o] + f;
          if (o != e) others += weight(before.factors[at], before.factors[at + dims], no_l1, true) * value_of(rows, o);
        }
        const size_t at = 2 * dims * rows.cells[e] + f;
        z = before.factors[at], n = before.factors[at + dims];
        step(z, n, weight(z, n, no_l1, true), error * value_of(rows, e) * others, s);
        state.factors[at] += z - before.factors[at];
        state.factors[at + dims] += n - before.factors[at + dims];
      }
    }
  }
  return loss;
}

int32_t ftrl_cell(int32_t index, uint32_t salt, int64_t cells) {
  // MurmurHash3 is in the public domain (Appleby).
  const auto mixed = [](uint32_t h) {
    h ^= h >> 16;
    h *= 0x85ebca6b;
    h ^= h >> 13;
    h *= 0xc2b2ae35;
    return h ^ (h >> 16);
  };
  return static_cast<int32_t>(mixed(salt ^ mixed(static_cast<uint32_t>(index) ^ 0x5bd1e995)) % cells);
}

std::vector<double> ftrl_predict(const FtrlRows& rows, int64_t dims, const FtrlSettings& s, const Ftrl& state) {
  std::vector<double> out(rows.rows);
  for (int64_t r = 0; r < rows.rows; ++r)
    out[r] = 1 / (1 + std::exp(-logit(rows, {rows.offsets[r], rows.offsets[r + 1]}, dims, s, state)));
  return out;
}

}  // namespace kindred::reference

#include "reference/nn/sequences/recurrent.h"

#include <cmath>

namespace kindred::reference {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The tokens of a sequence in the order in which they are read.
std::vector<int64_t> tokens_of(const Recurrence& of, size_t s) {
  std::vector<int64_t> tokens;
  for (int32_t t = of.offsets[s]; t < of.offsets[s + 1]; ++t)
    tokens.push_back(of.reverse ? of.offsets[s] + of.offsets[s + 1] - 1 - t : t);
  return tokens;
}

// Row `row` of a table, 0 where it is empty.
double at(const Table& table, int64_t row, int64_t d) { return table.values.empty() ? 0 : table.at(row, d); }

// weights h + bias of one token, h being the states before it
Doubles product(const Recurrence& of, const Doubles& h) {
  Doubles out(of.weights.rows);
  for (int64_t r = 0; r < of.weights.rows; ++r) {
    out[r] = of.bias.empty() ? 0 : of.bias[r];
    for (int64_t d = 0; d < of.weights.cols; ++d) out[r] += of.weights.at(r, d) * h[d];
  }
  return out;
}

Doubles row_of(const Table& table, int64_t row, int64_t dims) {
  Doubles out(dims);
  for (int64_t d = 0; d < dims; ++d) out[d] = at(table, row, d);
  return out;
}

// The states before token n of a sequence: those of the token before, or the initial ones.
Doubles before(const Table& states, const Table& initial, const std::vector<int64_t>& tokens, size_t n, int64_t s,
               int64_t dims) {
  return n == 0 ? row_of(initial, s, dims) : row_of(states, tokens[n - 1], dims);
}

// Adds d' h to the weights, d to the bias, and gives what h gets.
Doubles product_gradient(const Recurrence& of, const Doubles& h, const Doubles& d, RecurrenceGradient& out) {
  Doubles dh(h.size(), 0.0);
  for (int64_t r = 0; r < of.weights.rows; ++r) {
    out.bias[r] += d[r];
    for (int64_t c = 0; c < of.weights.cols; ++c) {
      out.weights.at(r, c) += d[r] * h[c];
      dh[c] += d[r] * of.weights.at(r, c);
    }
  }
  return dh;
}

RecurrenceGradient zeros(const Recurrence& of, const Table& inputs) {
  const int64_t count = static_cast<int64_t>(of.offsets.size()) - 1, dims = of.weights.cols;
  return {Table(inputs.rows, inputs.cols), Table(of.weights.rows, dims), Doubles(of.weights.rows, 0.0),
          Table(count, dims), Table(count, dims)};
}

struct Gates {
  double i, f, g, o;
};

Gates gates_of(const Doubles& u, const Table& inputs, int64_t token, int64_t d) {
  const auto dims = static_cast<int64_t>(u.size()) / 4;
  const auto a = [&](int64_t part) { return u[part * dims + d] + inputs.at(token, part * dims + d); };
  return {sigmoid(a(0)), sigmoid(a(1)), std::tanh(a(2)), sigmoid(a(3))};
}

}  // namespace

Lstm lstm(const Recurrence& of, const Table& inputs) {
  const int64_t dims = of.weights.cols;
  Lstm out{Table(inputs.rows, dims), Table(inputs.rows, dims)};
  for (size_t s = 0; s + 1 < of.offsets.size(); ++s) {
    Doubles h = row_of(of.initial, static_cast<int64_t>(s), dims);
    Doubles c = row_of(of.initial_cells, static_cast<int64_t>(s), dims);
    for (const int64_t token : tokens_of(of, s)) {
      const Doubles u = product(of, h);
      for (int64_t d = 0; d < dims; ++d) {
        const auto [i, f, g, o] = gates_of(u, inputs, token, d);
        out.c.at(token, d) = c[d] = f * c[d] + i * g;
        out.h.at(token, d) = h[d] = o * std::tanh(c[d]);
      }
    }
  }
  return out;
}

RecurrenceGradient lstm_gradient(const Recurrence& of, const Table& inputs, const Table& dh, const Table& dc) {
  const int64_t dims = of.weights.cols;
  const Lstm states = lstm(of, inputs);
  RecurrenceGradient out = zeros(of, inputs);
  for (size_t s = 0; s + 1 < of.offsets.size(); ++s) {
    const auto sequence = static_cast<int64_t>(s);
    const auto tokens = tokens_of(of, s);
    Doubles of_h(dims, 0.0), of_c(dims, 0.0);
    for (size_t n = tokens.size(); n-- > 0;) {
      const int64_t token = tokens[n];
      const Doubles h = before(states.h, of.initial, tokens, n, sequence, dims);
      const Doubles c = before(states.c, of.initial_cells, tokens, n, sequence, dims);
      const Doubles u = product(of, h);
      Doubles du(4 * dims);
      for (int64_t d = 0; d < dims; ++d) {
        const auto [i, f, g, o] = gates_of(u, inputs, token, d);
        const double t = std::tanh(states.c.at(token, d)), ds = of_h[d] + at(dh, token, d);
        const double cell = of_c[d] + at(dc, token, d) + ds * o * (1 - t * t);
        du[d] = cell * g * i * (1 - i);
        du[dims + d] = cell * c[d] * f * (1 - f);
        du[2 * dims + d] = cell * i * (1 - g * g);
        du[3 * dims + d] = ds * t * o * (1 - o);
        of_c[d] = cell * f;
      }
      for (int64_t r = 0; r < 4 * dims; ++r) out.inputs.at(token, r) = du[r];
      of_h = product_gradient(of, h, du, out);
    }
    for (int64_t d = 0; d < dims; ++d) {
      out.initial.at(sequence, d) = of_h[d];
      out.initial_cells.at(sequence, d) = of_c[d];
    }
  }
  return out;
}

Table gru(const Recurrence& of, const Table& inputs) {
  const int64_t dims = of.weights.cols;
  Table out(inputs.rows, dims);
  for (size_t s = 0; s + 1 < of.offsets.size(); ++s) {
    Doubles h = row_of(of.initial, static_cast<int64_t>(s), dims);
    for (const int64_t token : tokens_of(of, s)) {
      const Doubles u = product(of, h);
      for (int64_t d = 0; d < dims; ++d) {
        const double r = sigmoid(inputs.at(token, d) + u[d]), z = sigmoid(inputs.at(token, dims + d) + u[dims + d]);
        const double n = std::tanh(inputs.at(token, 2 * dims + d) + r * u[2 * dims + d]);
        out.at(token, d) = h[d] = (1 - z) * n + z * h[d];
      }
    }
  }
  return out;
}

RecurrenceGradient gru_gradient(const Recurrence& of, const Table& inputs, const Table& dh) {
  const int64_t dims = of.weights.cols;
  const Table states = gru(of, inputs);
  RecurrenceGradient out = zeros(of, inputs);
  for (size_t s = 0; s + 1 < of.offsets.size(); ++s) {
    const auto sequence = static_cast<int64_t>(s);
    const auto tokens = tokens_of(of, s);
    Doubles of_h(dims, 0.0);
    for (size_t k = tokens.size(); k-- > 0;) {
      const int64_t token = tokens[k];
      const Doubles h = before(states, of.initial, tokens, k, sequence, dims);
      const Doubles u = product(of, h);
      Doubles du(3 * dims), direct(dims);
      for (int64_t d = 0; d < dims; ++d) {
        const double r = sigmoid(inputs.at(token, d) + u[d]), z = sigmoid(inputs.at(token, dims + d) + u[dims + d]);
        const double n = std::tanh(inputs.at(token, 2 * dims + d) + r * u[2 * dims + d]);
        const double ds = of_h[d] + dh.at(token, d), dn = ds * (1 - z) * (1 - n * n);
        du[d] = dn * u[2 * dims + d] * r * (1 - r);
        du[dims + d] = ds * (h[d] - n) * z * (1 - z);
        du[2 * dims + d] = dn * r;
        direct[d] = ds * z;
        out.inputs.at(token, d) = du[d];
        out.inputs.at(token, dims + d) = du[dims + d];
        out.inputs.at(token, 2 * dims + d) = dn;
      }
      of_h = product_gradient(of, h, du, out);
      for (int64_t d = 0; d < dims; ++d) of_h[d] += direct[d];
    }
    for (int64_t d = 0; d < dims; ++d) out.initial.at(sequence, d) = of_h[d];
  }
  return out;
}

}  // namespace kindred::reference

#include "reference/nn/layers/linear.h"

namespace kindred::reference {

Table linear(const Table& x, const Table& w, const Doubles& bias) {
  Table y(x.rows, w.rows);
  for (int64_t r = 0; r < y.rows; ++r)
    for (int64_t o = 0; o < y.cols; ++o) {
      y.at(r, o) = bias.empty() ? 0 : bias[o];
      for (int64_t i = 0; i < x.cols; ++i) y.at(r, o) += x.at(r, i) * w.at(o, i);
    }
  return y;
}

Table linear_input_gradient(const Table& dy, const Table& w) {
  Table dx(dy.rows, w.cols);
  for (int64_t r = 0; r < dx.rows; ++r)
    for (int64_t i = 0; i < dx.cols; ++i)
      for (int64_t o = 0; o < w.rows; ++o) dx.at(r, i) += dy.at(r, o) * w.at(o, i);
  return dx;
}

Table linear_weight_gradient(const Table& dy, const Table& x) {
  Table dw(dy.cols, x.cols);
  for (int64_t o = 0; o < dw.rows; ++o)
    for (int64_t i = 0; i < dw.cols; ++i)
      for (int64_t r = 0; r < x.rows; ++r) dw.at(o, i) += dy.at(r, o) * x.at(r, i);
  return dw;
}

Doubles column_sums(const Table& m) {
  Doubles sums(m.cols, 0.0);
  for (int64_t r = 0; r < m.rows; ++r)
    for (int64_t c = 0; c < m.cols; ++c) sums[c] += m.at(r, c);
  return sums;
}

}  // namespace kindred::reference

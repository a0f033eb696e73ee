#include "reference/nn/layers/rows.h"

#include <cmath>
#include <map>

namespace kindred::reference {

Table gather_rows(const Table& table, const Ints& ids) {
  Table out(static_cast<int64_t>(ids.size()), table.cols);
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c) out.at(r, c) = table.at(ids[r], c);
  return out;
}

Table scatter_rows(const Table& dy, const Ints& ids, int64_t rows) {
  Table out(rows, dy.cols);
  for (int64_t r = 0; r < dy.rows; ++r)
    for (int64_t c = 0; c < dy.cols; ++c)
      if (ids[r] >= 0) out.at(ids[r], c) += dy.at(r, c);
  return out;
}

RowSums sum_by_row(const Table& dy, const Ints& ids) {
  std::map<int32_t, Doubles> sums;
  for (int64_t r = 0; r < dy.rows; ++r) {
    Doubles& sum = sums.try_emplace(ids[r], dy.cols, 0.0).first->second;
    for (int64_t c = 0; c < dy.cols; ++c) sum[c] += dy.at(r, c);
  }
  RowSums out{Ints(ids.size(), -1), Table(dy.rows, dy.cols)};
  int64_t place = 0;
  for (const auto& [row, sum] : sums) {
    out.rows[place] = row;
    for (int64_t c = 0; c < dy.cols; ++c) out.sums.at(place, c) = sum[c];
    ++place;
  }
  return out;
}

Table sequence_mean(const Table& x, const Ints& offsets) {
  Table out(static_cast<int64_t>(offsets.size()) - 1, x.cols);
  for (int64_t s = 0; s < out.rows; ++s)
    for (int32_t t = offsets[s]; t < offsets[s + 1]; ++t)
      for (int64_t c = 0; c < x.cols; ++c) out.at(s, c) += x.at(t, c) / (offsets[s + 1] - offsets[s]);
  return out;
}

Table sequence_mean_gradient(const Table& dy, const Ints& offsets) {
  Table dx(offsets.back(), dy.cols);
  for (int64_t s = 0; s < dy.rows; ++s)
    for (int32_t t = offsets[s]; t < offsets[s + 1]; ++t)
      for (int64_t c = 0; c < dy.cols; ++c) dx.at(t, c) = dy.at(s, c) / (offsets[s + 1] - offsets[s]);
  return dx;
}

Doubles row_dots(const Table& a, const Table& b) {
  Doubles dots(a.rows, 0.0);
  for (int64_t r = 0; r < a.rows; ++r)
    for (int64_t c = 0; c < a.cols; ++c) dots[r] += a.at(r, c) * b.at(r, c);
  return dots;
}

Doubles row_norms(const Table& x) {
  Doubles norms = row_dots(x, x);
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

Table unit_rows(const Table& x) {
  Table y(x.rows, x.cols);
  const Doubles norms = row_norms(x);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c) y.at(r, c) = norms[r] == 0 ? 0 : x.at(r, c) / norms[r];
  return y;
}

// d(x_c / n) / dx_d = [c = d] / n - x_c x_d / n^3
Table unit_rows_gradient(const Table& x, const Table& dy) {
  Table dx(x.rows, x.cols);
  const Doubles norms = row_norms(x), dots = row_dots(x, dy);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t d = 0; d < x.cols; ++d)
      if (norms[r] != 0) dx.at(r, d) = dy.at(r, d) / norms[r] - x.at(r, d) * dots[r] / std::pow(norms[r], 3);
  return dx;
}

Table scale_rows(const Table& x, const Doubles& factors) {
  Table y = x;
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c) y.at(r, c) *= factors[r];
  return y;
}

}  // namespace kindred::reference

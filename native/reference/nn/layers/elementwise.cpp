#include "reference/nn/layers/elementwise.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

double at(const Table& x, int64_t r, int64_t c) { return x.at(std::min(r, x.rows - 1), std::min(c, x.cols - 1)); }

}  // namespace

Table combine(nn::Combination kind, const Table& a, const Table& b, int64_t rows, int64_t cols) {
  Table out(rows, cols);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      const double x = at(a, r, c), y = at(b, r, c);
      if (kind == nn::Combination::add) out.at(r, c) = x + y;
      if (kind == nn::Combination::subtract) out.at(r, c) = x - y;
      if (kind == nn::Combination::multiply) out.at(r, c) = x * y;
      if (kind == nn::Combination::divide) out.at(r, c) = x / y;
    }
  return out;
}

double apply(nn::Function kind, double x) {
  if (kind == nn::Function::exponential) return std::exp(x);
  if (kind == nn::Function::logarithm) return std::log(x);
  return std::sqrt(x);
}

Table sum_to(const Table& x, int64_t rows, int64_t cols) {
  Table out(rows, cols);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c) out.at(std::min(r, rows - 1), std::min(c, cols - 1)) += x.at(r, c);
  return out;
}

Table transpose(const Table& x) {
  Table out(x.cols, x.rows);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.cols; ++c) out.at(c, r) = x.at(r, c);
  return out;
}

Table matmul(const Table& a, const Table& b) {
  Table out(a.rows, b.cols);
  for (int64_t r = 0; r < a.rows; ++r)
    for (int64_t c = 0; c < b.cols; ++c)
      for (int64_t k = 0; k < a.cols; ++k) out.at(r, c) += a.at(r, k) * b.at(k, c);
  return out;
}

}  // namespace kindred::reference

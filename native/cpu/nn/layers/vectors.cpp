#include "kindred/nn/layers/vectors.h"

#include <algorithm>
#include <cmath>

#include "cpu/runtime/kernel_table.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 32;

template <class Body>
void for_rows(int64_t rows, const AbortFlag* abort, const Body& body) {
  parallel_for(rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) body(r);
  });
}

void scale_row(const float* x, float factor, int64_t n, float* y) {
  std::copy_n(x, n, y);
  kernels().scale(factor, y, n);
}

// y = x over its norm, which is given back.
float unit_row(const float* x, int64_t n, float* y) {
  const float squares = kernels().dot(x, x, n);
  if (squares > 1e-30f && squares < 1e30f) {
    const float norm = std::sqrt(squares);
    scale_row(x, 1.0f / norm, n, y);
    return norm;
  }
  // Squares are lost to underflow or overflow.
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += double(x[i]) * x[i];
  const double norm = std::isinf(total) ? NAN : std::sqrt(total);
  for (int64_t i = 0; i < n; ++i) y[i] = norm == 0 ? 0.0f : static_cast<float>(x[i] / norm);
  return static_cast<float>(norm);
}

}  // namespace

void unit_rows(ConstMatrix x, Matrix y, float* norms, const AbortFlag* abort) {
  for_rows(x.rows, abort, [&](int64_t r) { norms[r] = unit_row(x.row(r), x.cols, y.row(r)); });
}

void unit_rows_gradient(ConstMatrix y, const float* norms, ConstMatrix dy, Matrix dx, const AbortFlag* abort) {
  for_rows(y.rows, abort, [&](int64_t r) {
    // (dy - y (y . dy)) / norm
    const float factor = norms[r] == 0 ? 0.0f : 1.0f / norms[r];
    scale_row(dy.row(r), factor, y.cols, dx.row(r));
    kernels().axpy(-factor * kernels().dot(y.row(r), dy.row(r), y.cols), y.row(r), dx.row(r), y.cols);
  });
}

void row_dots(ConstMatrix a, ConstMatrix b, float* dots, const AbortFlag* abort) {
  for_rows(a.rows, abort, [&](int64_t r) { dots[r] = kernels().dot(a.row(r), b.row(r), a.cols); });
}

void scale_rows(ConstMatrix x, const float* factors, Matrix y, const AbortFlag* abort) {
  for_rows(x.rows, abort, [&](int64_t r) { scale_row(x.row(r), factors[r], x.cols, y.row(r)); });
}

}  // namespace kindred::nn

// P'Q in double, the heart of Gram matrices and normal equations.
#include "cpu/isa/declare.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kRows = 4;  // rows of out held in registers at a time

// out[i0 .. i0 + I) x [j, j + lanes * V) += P' Q over all rows
template <int I, int V>
KINDRED_INLINE void tile(const double* p, int64_t m, const double* q, int64_t n, int64_t rows, int64_t i0, int64_t j,
                         double* out) {
  vd sums[I][V] = {};
  for (int64_t r = 0; r < rows; ++r) {
    vd right[V];
    for (int v = 0; v < V; ++v) right[v] = load(q + r * n + j + v * kDoubles);
    for (int i = 0; i < I; ++i)
      for (int v = 0; v < V; ++v) sums[i][v] += p[r * m + i0 + i] * right[v];
  }
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) {
      double* target = out + (i0 + i) * n + j + v * kDoubles;
      store(target, load(target) + sums[i][v]);
    }
}

template <int I>
KINDRED_INLINE void band(const double* p, int64_t m, const double* q, int64_t n, int64_t rows, int64_t i0, int64_t end,
                         double* out) {
  int64_t j = 0;
  for (; j + 2 * kDoubles <= n && j < end; j += 2 * kDoubles) tile<I, 2>(p, m, q, n, rows, i0, j, out);
  for (; j + kDoubles <= n && j < end; j += kDoubles) tile<I, 1>(p, m, q, n, rows, i0, j, out);
  for (; j < end; ++j)
    for (int i = 0; i < I; ++i) {
      double total = 0;
      for (int64_t r = 0; r < rows; ++r) total += p[r * m + i0 + i] * q[r * n + j];
      out[(i0 + i) * n + j] += total;
    }
}

}  // namespace

void transposed_product(const double* p, int64_t m, const double* q, int64_t n, int64_t rows, bool lower, double* out) {
  int64_t i = 0;
  for (; i + kRows <= m; i += kRows) band<kRows>(p, m, q, n, rows, i, lower ? i + kRows : n, out);
  for (; i < m; ++i) band<1>(p, m, q, n, rows, i, lower ? i + 1 : n, out);
}

}  // namespace kindred::KINDRED_NAMESPACE

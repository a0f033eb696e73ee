#include "cpu/linalg/orthonormal.h"

#include <algorithm>
#include <cmath>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// Row i less its parts along the rows before it, twice (Gram-Schmidt loses digits once), and scaled to 1. What was left
// of it before that.
double orthonormalise_row(double* vectors, int64_t i, int64_t dims, Poll& poll) {
  const Kernels& k = kernels();
  double* const row = vectors + i * dims;
  double length = 0;
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t j = 0; j < i; ++j, poll(dims / 2 + 1)) {
      const double* const other = vectors + j * dims;
      k.axpy_f64(-k.dot_f64(row, other, dims), other, row, dims);
    }
    const double left = std::sqrt(k.dot_f64(row, row, dims));
    if (pass == 0) length = left;
    if (left == 0) return 0;
    for (int64_t c = 0; c < dims; ++c) row[c] /= left;
  }
  return length;
}

}  // namespace

void turn_peak_up(double* row, int64_t dims) {
  const double* const peak =
      std::max_element(row, row + dims, [](double x, double y) { return std::fabs(x) < std::fabs(y); });
  if (*peak < 0)
    for (int64_t c = 0; c < dims; ++c) row[c] = -row[c];
}

void complete_orthonormal(double* vectors, int64_t exact, int64_t some, int64_t count, int64_t dims,
                          const AbortFlag* abort) {
  Poll poll(abort);
  int64_t unit = 0;
  for (int64_t i = exact; i < count; ++i) {
    double* const row = vectors + i * dims;
    if (i < some && orthonormalise_row(vectors, i, dims, poll) > 0.5) continue;
    // On average (dims - i) / dims is left of a unit vector's square: some have as much.
    const double enough = std::sqrt(static_cast<double>(dims - i) / static_cast<double>(2 * dims));
    double length = 0;
    for (int64_t tries = 0; tries < dims && length < enough; ++tries, unit = (unit + 1) % dims) {
      std::fill_n(row, dims, 0.0);
      row[unit] = 1;
      length = orthonormalise_row(vectors, i, dims, poll);
    }
  }
  for (int64_t i = 0; i < count; ++i) turn_peak_up(vectors + i * dims, dims);
}

}  // namespace kindred

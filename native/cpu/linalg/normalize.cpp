#include "kindred/linalg/normalize.h"

#include <atomic>
#include <cmath>

#include "cpu/runtime/flush_denormals.h"
#include "cpu/runtime/kernel_table.h"

namespace kindred {

bool normalize_row(float* row, int64_t cols) {
  const Kernels& k = kernels();
  float squares = k.dot(row, row, cols);
  // Outside this range elements are lost to underflow or overflow: the largest becomes 1 first. (NaN is in it.)
  if (squares < 1e-30f || squares > 1e30f) {
    const FlushDenormals off(false);  // a row of denormal numbers has a direction too
    float largest = 0;
    for (int64_t c = 0; c < cols; ++c) largest = std::fmax(largest, std::fabs(row[c]));
    if (largest == 0) return false;
    for (int64_t c = 0; c < cols; ++c) row[c] /= largest;
    squares = k.dot(row, row, cols);
  }
  k.scale(1.0f / std::sqrt(squares), row, cols);
  return true;
}

int64_t normalize_rows(Matrix matrix, const AbortFlag* abort) {
  std::atomic<int64_t> zeros{0};
  parallel_for(matrix.rows, 256, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      if (!normalize_row(matrix.row(r), matrix.cols)) zeros.fetch_add(1, std::memory_order_relaxed);
  });
  return zeros.load();
}

}  // namespace kindred

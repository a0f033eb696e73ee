#include "kindred/nn/linear.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"

namespace kindred::nn {
namespace {

constexpr int64_t kCols = 64;  // columns summed at a time
constexpr int64_t kRows = 64;

void fill_rows(Matrix m, const float* row, const AbortFlag* abort) {
  parallel_for(m.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      if (row)
        std::copy_n(row, m.cols, m.row(r));
      else
        std::fill_n(m.row(r), m.cols, 0.0f);
  });
}

}  // namespace

void linear(ConstMatrix x, ConstMatrix w, const float* bias, Matrix y, GemmScratch& scratch, const AbortFlag* abort) {
  fill_rows(y, bias, abort);
  gemm(1, x, Strided(w).transposed(), y, GemmRegion::full, abort, &scratch);
}

void linear_input_gradient(ConstMatrix dy, ConstMatrix w, Matrix dx, GemmScratch& scratch, const AbortFlag* abort) {
  fill_rows(dx, nullptr, abort);
  gemm(1, dy, w, dx, GemmRegion::full, abort, &scratch);
}

void linear_weight_gradient(ConstMatrix dy, ConstMatrix x, Matrix dw, GemmScratch& scratch, const AbortFlag* abort) {
  fill_rows(dw, nullptr, abort);
  gemm(1, Strided(dy).transposed(), x, dw, GemmRegion::full, abort, &scratch);
}

void column_sums(ConstMatrix m, float* sums, const AbortFlag* abort) {
  std::fill_n(sums, m.cols, 0.0f);
  parallel_for(m.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < m.rows; ++r) kernels().axpy(1.0f, m.row(r) + begin, sums + begin, end - begin);
  });
}

}  // namespace kindred::nn

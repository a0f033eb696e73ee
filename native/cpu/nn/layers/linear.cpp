#include "kindred/nn/layers/linear.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "kindred/linalg/gemm_bf16.h"

namespace kindred::nn {
namespace {

constexpr int64_t kCols = 64;  // columns summed at a time

void product(Strided a, Strided b, const float* bias, Matrix c, Precision precision, GemmScratch& scratch,
             const AbortFlag* abort) {
  (precision == Precision::bf16 ? gemm_bf16 : gemm_overwrite)(a, b, bias, c, abort, &scratch);
}

}  // namespace

void linear(ConstMatrix x, ConstMatrix w, const float* bias, Matrix y, GemmScratch& scratch, const AbortFlag* abort,
            Precision precision) {
  product(x, Strided(w).transposed(), bias, y, precision, scratch, abort);
}

void linear_input_gradient(ConstMatrix dy, ConstMatrix w, Matrix dx, GemmScratch& scratch, const AbortFlag* abort,
                           Precision precision) {
  product(dy, w, nullptr, dx, precision, scratch, abort);
}

void linear_weight_gradient(ConstMatrix dy, ConstMatrix x, Matrix dw, GemmScratch& scratch, const AbortFlag* abort,
                            Precision precision) {
  product(Strided(dy).transposed(), x, nullptr, dw, precision, scratch, abort);
}

void column_sums(ConstMatrix m, float* sums, const AbortFlag* abort) {
  std::fill_n(sums, m.cols, 0.0f);
  parallel_for(m.cols, kCols, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < m.rows; ++r) kernels().axpy(1.0f, m.row(r) + begin, sums + begin, end - begin);
  });
}

}  // namespace kindred::nn

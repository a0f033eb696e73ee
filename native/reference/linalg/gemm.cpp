#include "reference/linalg/gemm.h"

namespace kindred::reference {

std::vector<double> gemm(double alpha, Strided a, Strided b) {
  std::vector<double> out(a.rows * b.cols, 0.0);
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t j = 0; j < b.cols; ++j)
      for (int64_t k = 0; k < a.cols; ++k)
        out[i * b.cols + j] += alpha * a.data[i * a.row_step + k * a.col_step] *
                               static_cast<double>(b.data[k * b.row_step + j * b.col_step]);
  return out;
}

}  // namespace kindred::reference

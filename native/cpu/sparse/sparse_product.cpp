#include <algorithm>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/sparse/csr.h"

namespace kindred {

namespace {

void check_factor(const CsrView& csr, ConstMatrix dense) {
  if (csr.cols != dense.rows)
    fail_shape("expected " + std::to_string(csr.cols) + " dense rows but received " + std::to_string(dense.rows) + ".");
}

}  // namespace

void multiply(const CsrView& csr, ConstMatrix dense, float* out, const AbortFlag* abort) {
  check_factor(csr, dense);
  const Kernels& k = kernels();
  parallel_for(csr.rows, 4, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(dense.cols);
    Poll poll(abort);
    for (int64_t r = begin; r < end; ++r) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) {
        poll(dense.cols);
        k.axpy_widened(csr.values ? csr.values[n] : 1.0, dense.row(csr.indices[n]), sums.data(), dense.cols);
      }
      std::transform(sums.begin(), sums.end(), out + r * dense.cols,
                     [](double sum) { return static_cast<float>(sum); });
    }
  });
}

void multiply_in_float(const CsrView& csr, ConstMatrix dense, float* out, const AbortFlag* abort) {
  check_factor(csr, dense);
  const Kernels& k = kernels();
  parallel_for(csr.rows, 16, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t r = begin; r < end; ++r) {
      float* target = out + r * dense.cols;
      std::fill_n(target, dense.cols, 0.0f);
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) {
        poll(dense.cols);
        k.axpy(csr.values ? csr.values[n] : 1.0f, dense.row(csr.indices[n]), target, dense.cols);
      }
    }
  });
}

void multiply(const CsrView& a, const CsrView& b, float* out, const AbortFlag* abort) {
  if (a.cols != b.rows)
    fail_shape("expected " + std::to_string(a.cols) + " sparse rows but received " + std::to_string(b.rows) + ".");
  parallel_for(a.rows, 4, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(b.cols);
    Poll poll(abort);
    for (int64_t r = begin; r < end; ++r) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int32_t n = a.indptr[r]; n < a.indptr[r + 1]; ++n) {
        const double weight = a.values ? a.values[n] : 1.0;
        const int32_t row = a.indices[n];
        poll(b.indptr[row + 1] - b.indptr[row] + 1);
        for (int32_t m = b.indptr[row]; m < b.indptr[row + 1]; ++m)
          sums[b.indices[m]] += b.values ? weight * b.values[m] : weight;
      }
      std::transform(sums.begin(), sums.end(), out + r * b.cols, [](double sum) { return static_cast<float>(sum); });
    }
  });
}

}  // namespace kindred

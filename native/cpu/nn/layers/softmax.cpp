#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/elementwise.h"
#include "kindred/nn/losses/loss.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 16;

// body(row) of each
template <class Body>
void for_rows(Matrix out, const AbortFlag* abort, const Body& body) {
  if (out.cols == 0) return;
  parallel_for(out.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) body(r);
  });
}

}  // namespace

void softmax_rows(ConstMatrix x, Matrix out, const AbortFlag* abort) {
  for_rows(out, abort, [&](int64_t r) { kernels().nn.softmax(x.row(r), x.cols, out.row(r)); });
}

void log_softmax_rows(ConstMatrix x, Matrix out, const AbortFlag* abort) {
  constexpr int kSubtract = static_cast<int>(Combination::subtract);
  for_rows(out, abort, [&](int64_t r) {
    const float log_sum = kernels().nn.softmax(x.row(r), x.cols, out.row(r));
    kernels().nn.combine(kSubtract, x.row(r), 1, &log_sum, 0, x.cols, out.row(r));
  });
}

void softmax_rows_gradient(ConstMatrix y, ConstMatrix dy, Matrix dx, const AbortFlag* abort) {
  for_rows(dx, abort, [&](int64_t r) { kernels().nn.softmax_gradient(y.row(r), dy.row(r), y.cols, dx.row(r)); });
}

void log_softmax_rows_gradient(ConstMatrix y, ConstMatrix dy, Matrix dx, const AbortFlag* abort) {
  for_rows(dx, abort, [&](int64_t r) { kernels().nn.log_softmax_gradient(y.row(r), dy.row(r), y.cols, dx.row(r)); });
}

}  // namespace kindred::nn

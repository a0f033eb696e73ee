#include "kindred/nn/layers/elementwise.h"

#include <algorithm>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/linear.h"

namespace kindred::nn {
namespace {

constexpr int64_t kBlock = 1 << 13;  // a multiple of every vector, so that blocks do not change bits

// One row, or one run of numbers, of an operand.
struct Run {
  const float* data;
  int64_t step;
};

Run run_of(Stretched x, int64_t row, int64_t cols, int64_t begin) {
  if (x.stretch == Stretch::none) return {x.data + row * cols + begin, 1};
  if (x.stretch == Stretch::rows) return {x.data + begin, 1};
  return {x.stretch == Stretch::cols ? x.data + row : x.data, 0};
}

bool by_rows(Stretched x) { return x.stretch == Stretch::rows || x.stretch == Stretch::cols; }

int64_t rows_at_a_time(int64_t cols) { return std::max<int64_t>(kBlock / std::max<int64_t>(cols, 1), 1); }

}  // namespace

void combine(Combination kind, Stretched a, Stretched b, Matrix out, const AbortFlag* abort) {
  const auto of = [&](Run x, Run y, int64_t n, float* to) {
    kernels().nn.combine(static_cast<int>(kind), x.data, x.step, y.data, y.step, n, to);
  };
  if (!by_rows(a) && !by_rows(b))
    return parallel_for(out.rows * out.cols, kBlock, abort, [&](int64_t begin, int64_t end) {
      of(run_of(a, 0, 0, begin), run_of(b, 0, 0, begin), end - begin, out.data + begin);
    });
  parallel_for(out.rows, rows_at_a_time(out.cols), abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      of(run_of(a, r, out.cols, 0), run_of(b, r, out.cols, 0), out.cols, out.row(r));
  });
}

void apply(Function kind, const float* x, int64_t n, float* y, const AbortFlag* abort) {
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    kernels().nn.apply(static_cast<int>(kind), x + begin, end - begin, y + begin);
  });
}

void stretch(Stretched x, Matrix out, const AbortFlag* abort) {
  parallel_for(out.rows, rows_at_a_time(out.cols), abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Run run = run_of(x, r, out.cols, 0);
      if (run.step == 1)
        std::copy_n(run.data, out.cols, out.row(r));
      else
        std::fill_n(out.row(r), out.cols, *run.data);
    }
  });
}

void sum_stretched(ConstMatrix x, Stretch to, float* sums, const AbortFlag* abort) {
  if (to == Stretch::none) return stretch({x.data, to}, {sums, x.rows, x.cols}, abort);
  if (to == Stretch::rows) return column_sums(x, sums, abort);
  if (to == Stretch::cols) {
    const std::vector<float> ones(x.cols, 1.0f);
    return parallel_for(x.rows, rows_at_a_time(x.cols), abort, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) sums[r] = kernels().dot(x.row(r), ones.data(), x.cols);
    });
  }
  const int64_t n = x.rows * x.cols;
  const std::vector<float> ones(kBlock, 1.0f);
  std::vector<double> parts((n + kBlock - 1) / kBlock, 0.0);
  parallel_for(n, kBlock, abort, [&](int64_t begin, int64_t end) {
    parts[begin / kBlock] = kernels().dot(x.data + begin, ones.data(), end - begin);
  });
  double total = 0;
  for (const double part : parts) total += part;
  *sums = static_cast<float>(total);
}

}  // namespace kindred::nn

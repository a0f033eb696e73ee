#include <algorithm>
#include <vector>

#include "cpu/nn/sequences/time_steps.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/nn/sequences/recurrent.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 8;

void apply(Activation kind, float* x, int64_t n) { kernels().nn.activate(static_cast<int>(kind), x, n, x); }

}  // namespace

void gru(const Recurrence& of, ConstMatrix inputs, Matrix h, Matrix gates, GemmScratch& scratch,
         const AbortFlag* abort) {
  const int64_t dims = h.cols, width = 3 * dims;
  const TimeSteps steps(of, h.rows);
  std::vector<float> states(steps.sequences() * dims), products(steps.sequences() * width);
  begin_states(steps, of.initial, dims, states.data());
  for (int64_t step = 0; step < steps.count(); ++step) {
    const int64_t begin = steps.begin(step), rows = steps.rows(step);
    const Matrix u{products.data(), rows, width};
    for (int64_t r = 0; r < rows; ++r)
      if (of.bias)
        std::copy_n(of.bias, width, u.row(r));
      else
        std::fill_n(u.row(r), width, 0.0f);
    gemm(1, ConstMatrix{states.data(), rows, dims}, Strided(of.weights).transposed(), u, GemmRegion::full, abort,
         &scratch);
    parallel_for(rows, kRows, abort, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k) {
        const int64_t token = steps.token(begin + k);
        float *const r = gates.data + (begin + k) * 4 * dims, *const z = r + dims, *const n = z + dims,
                     *const kept = n + dims, *const state = states.data() + k * dims;
        const float *const x = inputs.row(token), *const own = u.row(k);
        for (int64_t d = 0; d < 2 * dims; ++d) r[d] = x[d] + own[d];
        apply(Activation::sigmoid, r, 2 * dims);
        for (int64_t d = 0; d < dims; ++d) {
          kept[d] = own[2 * dims + d];
          n[d] = x[2 * dims + d] + r[d] * kept[d];
        }
        apply(Activation::tanh, n, dims);
        for (int64_t d = 0; d < dims; ++d) state[d] = (1.0f - z[d]) * n[d] + z[d] * state[d];
        std::copy_n(state, dims, h.row(token));
      }
    });
  }
}

void gru_gradient(const Recurrence& of, ConstMatrix h, ConstMatrix gates, ConstMatrix dh, const RecurrenceGradient& out,
                  GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t dims = h.cols, width = 3 * dims;
  const TimeSteps steps(of, h.rows);
  std::vector<float> states(steps.sequences() * dims, 0.0f);  // what comes back from the step after
  std::vector<float> first_states(steps.sequences() * dims), packed(h.rows * width);
  begin_states(steps, of.initial, dims, first_states.data());
  for (int64_t step = steps.count() - 1; step >= 0; --step) {
    const int64_t begin = steps.begin(step), rows = steps.rows(step);
    const Matrix du{packed.data() + begin * width, rows, width};  // of weights h + bias
    parallel_for(rows, kRows, abort, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k) {
        const int64_t token = steps.token(begin + k);
        const float *const r = gates.data + (begin + k) * 4 * dims, *const z = r + dims, *const n = z + dims,
                           *const kept = n + dims;
        const float* const before =
            step == 0 ? first_states.data() + k * dims : h.row(steps.token(steps.begin(step - 1) + k));
        float *const ds = states.data() + k * dims, *const row = du.row(k), *const dx = out.inputs.row(token);
        kernels().axpy(1.0f, dh.row(token), ds, dims);
        for (int64_t d = 0; d < dims; ++d) {
          const float of_n = ds[d] * (1.0f - z[d]) * (1.0f - n[d] * n[d]);
          row[d] = dx[d] = of_n * kept[d] * r[d] * (1.0f - r[d]);
          row[dims + d] = dx[dims + d] = ds[d] * (before[d] - n[d]) * z[d] * (1.0f - z[d]);
          row[2 * dims + d] = of_n * r[d];
          dx[2 * dims + d] = of_n;
          ds[d] *= z[d];
        }
      }
    });
    gemm(1, Strided(du), of.weights, {states.data(), rows, dims}, GemmRegion::full, abort, &scratch);
  }
  put_states(steps, states.data(), dims, out.initial);
  weight_gradients(of, steps, h, {packed.data(), h.rows, width}, out, scratch, abort);
}

}  // namespace kindred::nn

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

void lstm(const Recurrence& of, ConstMatrix inputs, const float* initial_cells, Matrix h, Matrix c, Matrix gates,
          GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t dims = h.cols, width = 4 * dims;
  const TimeSteps steps(of, h.rows);
  std::vector<float> states(steps.sequences() * dims), cells(steps.sequences() * dims);
  begin_states(steps, of.initial, dims, states.data());
  begin_states(steps, initial_cells, dims, cells.data());
  for (int64_t step = 0; step < steps.count(); ++step) {
    const int64_t begin = steps.begin(step), rows = steps.rows(step);
    const Matrix a{gates.data + begin * width, rows, width};
    parallel_for(rows, kRows, abort, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) {
        std::copy_n(inputs.row(steps.token(begin + r)), width, a.row(r));
        if (of.bias) kernels().axpy(1.0f, of.bias, a.row(r), width);
      }
    });
    gemm(1, ConstMatrix{states.data(), rows, dims}, Strided(of.weights).transposed(), a, GemmRegion::full, abort,
         &scratch);
    parallel_for(rows, kRows, abort, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) {
        float *const i = a.row(r), *const f = i + dims, *const g = f + dims, *const o = g + dims;
        float *const cell = cells.data() + r * dims, *const state = states.data() + r * dims;
        apply(Activation::sigmoid, i, 2 * dims);
        apply(Activation::tanh, g, dims);
        apply(Activation::sigmoid, o, dims);
        for (int64_t d = 0; d < dims; ++d) cell[d] = f[d] * cell[d] + i[d] * g[d];
        std::copy_n(cell, dims, state);
        apply(Activation::tanh, state, dims);
        for (int64_t d = 0; d < dims; ++d) state[d] *= o[d];
        std::copy_n(state, dims, h.row(steps.token(begin + r)));
        std::copy_n(cell, dims, c.row(steps.token(begin + r)));
      }
    });
  }
}

void lstm_gradient(const Recurrence& of, const float* initial_cells, ConstMatrix h, ConstMatrix c, ConstMatrix gates,
                   ConstMatrix dh, ConstMatrix dc, const RecurrenceGradient& out, Matrix of_initial_cells,
                   GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t dims = h.cols, width = 4 * dims;
  const TimeSteps steps(of, h.rows);
  // What comes back from the step after, of the sequences' rows: 0 until they have one.
  std::vector<float> states(steps.sequences() * dims, 0.0f), cells(steps.sequences() * dims, 0.0f);
  std::vector<float> first_cells(steps.sequences() * dims), packed(h.rows * width);
  begin_states(steps, initial_cells, dims, first_cells.data());
  for (int64_t step = steps.count() - 1; step >= 0; --step) {
    const int64_t begin = steps.begin(step), rows = steps.rows(step);
    const Matrix da{packed.data() + begin * width, rows, width};
    parallel_for(rows, kRows, abort, [&](int64_t first, int64_t last) {
      std::vector<float> squashed(dims);
      for (int64_t r = first; r < last; ++r) {
        const int64_t token = steps.token(begin + r);
        const float *const i = gates.data + (begin + r) * width, *const f = i + dims, *const g = f + dims,
                           *const o = g + dims;
        const float* const before =
            step == 0 ? first_cells.data() + r * dims : c.row(steps.token(steps.begin(step - 1) + r));
        float *const ds = states.data() + r * dims, *const dcell = cells.data() + r * dims, *const row = da.row(r);
        if (dh.data) kernels().axpy(1.0f, dh.row(token), ds, dims);
        if (dc.data) kernels().axpy(1.0f, dc.row(token), dcell, dims);
        std::copy_n(c.row(token), dims, squashed.data());
        apply(Activation::tanh, squashed.data(), dims);
        for (int64_t d = 0; d < dims; ++d) {
          const float t = squashed[d];
          const float all = dcell[d] + ds[d] * o[d] * (1.0f - t * t);
          row[d] = all * g[d] * i[d] * (1.0f - i[d]);
          row[dims + d] = all * before[d] * f[d] * (1.0f - f[d]);
          row[2 * dims + d] = all * i[d] * (1.0f - g[d] * g[d]);
          row[3 * dims + d] = ds[d] * t * o[d] * (1.0f - o[d]);
          dcell[d] = all * f[d];
          ds[d] = 0;
        }
        std::copy_n(row, width, out.inputs.row(token));
      }
    });
    gemm(1, Strided(da), of.weights, {states.data(), rows, dims}, GemmRegion::full, abort, &scratch);
  }
  put_states(steps, states.data(), dims, out.initial);
  put_states(steps, cells.data(), dims, of_initial_cells);
  weight_gradients(of, steps, h, {packed.data(), h.rows, width}, out, scratch, abort);
}

}  // namespace kindred::nn

#include "cpu/nn/sequences/time_steps.h"

#include <algorithm>
#include <numeric>

#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/linear.h"

namespace kindred::nn {

TimeSteps::TimeSteps(const Recurrence& of, int64_t tokens) : sequences_(of.sequences.count) {
  check_sequences(of.sequences, tokens);
  const int32_t* const offsets = of.sequences.offsets;
  const auto length = [&](int32_t s) { return offsets[s + 1] - offsets[s]; };
  std::iota(sequences_.begin(), sequences_.end(), 0);
  std::stable_sort(sequences_.begin(), sequences_.end(), [&](int32_t a, int32_t b) { return length(a) > length(b); });
  const int32_t steps = sequences_.empty() ? 0 : length(sequences_[0]);
  tokens_.reserve(tokens);
  begins_.push_back(0);
  for (int32_t step = 0; step < steps; ++step) {
    for (const int32_t s : sequences_) {
      if (length(s) <= step) break;
      tokens_.push_back(of.reverse ? offsets[s + 1] - 1 - step : offsets[s] + step);
    }
    begins_.push_back(static_cast<int64_t>(tokens_.size()));
  }
}

void begin_states(const TimeSteps& steps, const float* initial, int64_t dims, float* states) {
  for (int64_t row = 0; row < steps.sequences(); ++row)
    if (initial)
      std::copy_n(initial + steps.sequence(row) * dims, dims, states + row * dims);
    else
      std::fill_n(states + row * dims, dims, 0.0f);
}

void put_states(const TimeSteps& steps, const float* states, int64_t dims, Matrix out) {
  for (int64_t row = 0; row < steps.sequences(); ++row)
    std::copy_n(states + row * dims, dims, out.row(steps.sequence(row)));
}

void weight_gradients(const Recurrence& of, const TimeSteps& steps, ConstMatrix h, ConstMatrix d,
                      const RecurrenceGradient& out, GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t dims = h.cols;
  std::vector<float> before(h.rows * dims);
  if (steps.count() > 0) {
    std::vector<float> first(steps.sequences() * dims);
    begin_states(steps, of.initial, dims, first.data());
    std::copy_n(first.data(), steps.rows(0) * dims, before.data());
  }
  for (int64_t step = 1; step < steps.count(); ++step)
    for (int64_t row = 0; row < steps.rows(step); ++row)
      std::copy_n(h.row(steps.token(steps.begin(step - 1) + row)), dims,
                  before.data() + (steps.begin(step) + row) * dims);
  linear_weight_gradient(d, {before.data(), h.rows, dims}, out.weights, scratch, abort);
  column_sums(d, out.bias, abort);
}

}  // namespace kindred::nn

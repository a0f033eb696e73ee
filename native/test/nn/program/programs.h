// Programs for tests.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "kindred/nn/program.h"

namespace kindred::test {

using nn::Dim;
using nn::Place;

inline Dim fixed(int64_t size) { return {-1, size}; }
inline Dim symbol(int32_t number, int64_t plus = 0) { return {number, plus}; }

struct Builder {
  nn::ProgramSpec spec;

  int32_t tensor(Place place, int32_t slot, std::vector<Dim> shape, bool integers = false) {
    spec.tensors.push_back({place, slot, integers, std::move(shape)});
    return static_cast<int32_t>(spec.tensors.size()) - 1;
  }
  int32_t buffer(int32_t slot, std::vector<Dim> shape) { return tensor(Place::buffer, slot, std::move(shape)); }
  int32_t input(int32_t slot, std::vector<Dim> shape) { return tensor(Place::input, slot, std::move(shape)); }
  int32_t ids(int32_t slot, std::vector<Dim> shape) { return tensor(Place::input, slot, std::move(shape), true); }
  int32_t temporary(std::vector<Dim> shape, bool integers = false) {
    return tensor(Place::temporary, 0, std::move(shape), integers);
  }
  void op(std::string name, std::vector<int32_t> in, std::vector<int32_t> out, std::vector<double> numbers = {}) {
    spec.operations.push_back({std::move(name), std::move(in), std::move(out), std::move(numbers)});
  }
};

inline nn::Slot slot(std::vector<float>& values) { return {values.data(), static_cast<int64_t>(values.size()), false}; }
inline nn::Slot slot(std::vector<int32_t>& values) {
  return {values.data(), static_cast<int64_t>(values.size()), true};
}

inline std::vector<float> read(const nn::Buffers& buffers, int64_t n, int64_t size) {
  std::vector<float> values(size);
  buffers.read(n, values.data(), size);
  return values;
}

// A step of training: the classes of rows of a table that ids name. Buffers: table [kRows, kDims], weights [kClasses,
// kDims], and the mean and square of each. Symbol 0: how many ids. Inputs: ids, labels, rate, step. Output: the loss.
struct TrainingStep {
  static constexpr int64_t kRows = 6, kDims = 5, kClasses = 3;
  static constexpr int64_t kSizes[] = {kRows * kDims, kClasses* kDims};

  nn::Buffers buffers;
  Builder b;

  explicit TrainingStep(bool last = true) {
    b.spec.symbols = 1;
    for (const int64_t size : kSizes)
      for (int n = 0; n < 3; ++n) {
        const int64_t number = buffers.add(size);
        std::vector<float> values(size);
        for (int64_t i = 0; n == 0 && i < size; ++i) values[i] = static_cast<float>((i * 7 + size) % 11) / 11 - 0.4f;
        buffers.write(number, values.data(), size);
      }
    const std::vector<Dim> of_table{fixed(kRows), fixed(kDims)}, of_weights{fixed(kClasses), fixed(kDims)};
    const std::vector<Dim> of_x{symbol(0), fixed(kDims)}, of_logits{symbol(0), fixed(kClasses)};
    const int32_t table[] = {b.buffer(0, of_table), b.buffer(1, of_table), b.buffer(2, of_table)};
    const int32_t weights[] = {b.buffer(3, of_weights), b.buffer(4, of_weights), b.buffer(5, of_weights)};
    const int32_t ids = b.ids(0, {symbol(0)}), labels = b.ids(1, {symbol(0)});
    const int32_t rate = b.input(2, {fixed(1)}), step = b.ids(3, {fixed(1)});
    const int32_t x = b.temporary(of_x), logits = b.temporary(of_logits), loss = b.temporary({});
    const int32_t one = b.temporary({}), dlogits = b.temporary(of_logits), dx = b.temporary(of_x),
                  dw = b.temporary(of_weights), rows = b.temporary({symbol(0)}, true), sums = b.temporary(of_x),
                  factor = b.temporary({}), norm = b.temporary({});
    b.op("gather_rows", {table[0], ids}, {x});
    b.op("linear", {x, weights[0], -1}, {logits}, {0});
    b.op("cross_entropy", {logits, labels}, {loss});
    b.op("fill", {}, {one}, {1});
    b.op("cross_entropy_gradient", {logits, labels, one}, {dlogits});
    b.op("linear_input_gradient", {dlogits, weights[0]}, {dx}, {0});
    b.op("linear_weight_gradient", {dlogits, x}, {dw}, {0});
    b.op("sum_by_row", {dx, ids}, {rows, sums});
    b.op("clip_factor", {dw, sums}, {factor, norm}, {1});
    const std::vector<double> numbers{0.01, 1e-8, 0.9, 0.99};
    b.op("adamw", {dw, rate, factor, step}, {weights[0], weights[1], weights[2]}, numbers);
    b.op("adamw_rows", {rows, sums, rate, factor, step}, {table[0], table[1], table[2]}, numbers);
    if (last) b.op("check_finite", {loss}, {});
    b.spec.outputs = {loss};
  }

  std::vector<std::vector<float>> state() const {
    std::vector<std::vector<float>> all;
    for (int64_t n = 0; n < 6; ++n) all.push_back(read(buffers, n, kSizes[n / 3]));
    return all;
  }

  float run(const nn::Program& program, std::vector<int32_t> ids, std::vector<int32_t> labels, float rate = 0.1f,
            int32_t step = 1, const AbortFlag* abort = nullptr) {
    std::vector<float> rates{rate}, loss{7.0f};
    std::vector<int32_t> steps{step};
    program.run(buffers, {static_cast<int64_t>(ids.size())}, {slot(ids), slot(labels), slot(rates), slot(steps)},
                {slot(loss)}, abort);
    return loss[0];
  }
};

}  // namespace kindred::test

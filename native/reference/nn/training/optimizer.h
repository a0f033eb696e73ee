// Steps of optimisers and dropout, scalar and in double.
#pragma once

#include "kindred/nn/training/optimizer.h"
#include "reference/nn/tensor.h"

namespace kindred::reference {

// What a step changes; first and second are empty where the rule keeps fewer numbers.
struct OptimizerState {
  Doubles weights, first, second;
};

void update(const nn::OptimizerStep& step, const Doubles& gradient, OptimizerState& state);

// rows [count], sums [count, dims], the state of a matrix of rows of `dims`
void update_rows(const nn::OptimizerStep& step, const std::vector<int32_t>& rows, const Table& sums,
                 OptimizerState& state);

// Whether dropout keeps number i: bits of two numbers each from splitmix64, low half first.
bool dropout_keeps(uint64_t seed, int64_t i, float rate);

}  // namespace kindred::reference

// Steps of optimisers and dropout, scalar and in double.
#pragma once

#include "kindred/nn/optimizer.h"
#include "reference/nn/tensor.h"

namespace kindred::reference {

// What AdamW changes.
struct AdamWState {
  Doubles weights, mean, square;
};

void adamw(const nn::AdamW& step, const Doubles& gradient, AdamWState& state);

// rows [count], sums [count, dims], the state of a matrix of rows of `dims`
void adamw_rows(const nn::AdamW& step, const std::vector<int32_t>& rows, const Table& sums, AdamWState& state);

// Whether dropout keeps number i: bits of two numbers each from splitmix64, low half first.
bool dropout_keeps(uint64_t seed, int64_t i, float rate);

}  // namespace kindred::reference

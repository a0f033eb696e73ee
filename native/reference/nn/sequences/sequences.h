// Sums, greatest numbers, softmax and weighted sums of sequences, and rotary positions: scalar and in double.
#pragma once

#include "reference/nn/layers/rows.h"

namespace kindred::reference {

Table sequence_sum(const Table& x, const Ints& offsets);
Table sequence_sum_gradient(const Table& dy, const Ints& offsets);

struct Greatest {
  Table values;
  Ints places;
};
Greatest sequence_max(const Table& x, const Ints& offsets);
Table sequence_max_gradient(const Table& dy, const Ints& places, int64_t tokens);

Table sequence_softmax(const Table& x, const Ints& offsets);
Table sequence_softmax_gradient(const Table& x, const Table& dy, const Ints& offsets);

Table sequence_weighted_sum(const Table& x, const Table& weights, const Ints& offsets);
struct WeightedSumGradient {
  Table x, weights;
};
WeightedSumGradient sequence_weighted_sum_gradient(const Table& x, const Table& weights, const Ints& offsets,
                                                   const Table& dy);

// x [tokens, heads * dims] turned, or turned back
Table rotary(const Table& x, const Ints& positions, int64_t dims, double base, bool inverse);

}  // namespace kindred::reference

// The order in which recurrent layers work: sequences side by side, the longest first, one token of each at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/gemm.h"
#include "kindred/nn/sequences/recurrent.h"

namespace kindred::nn {

class TimeSteps {
 public:
  // ERR_SHAPE unless offsets ascend from 0 to `tokens`
  TimeSteps(const Recurrence& of, int64_t tokens);

  int64_t count() const { return static_cast<int64_t>(begins_.size()) - 1; }
  int64_t begin(int64_t step) const { return begins_[step]; }  // of a step's rows, of all tokens in this order
  int64_t rows(int64_t step) const { return begins_[step + 1] - begins_[step]; }
  int64_t token(int64_t place) const { return tokens_[place]; }
  int64_t sequence(int64_t row) const { return sequences_[row]; }  // that row `row` of every step belongs to
  int64_t sequences() const { return static_cast<int64_t>(sequences_.size()); }

 private:
  std::vector<int32_t> tokens_;     // by place in this order
  std::vector<int32_t> sequences_;  // the longest first, equal ones in their order
  std::vector<int64_t> begins_;     // [steps + 1]
};

// states [sequences, dims] in the order of the steps' rows: `initial`, or 0
void begin_states(const TimeSteps& steps, const float* initial, int64_t dims, float* states);

// out [sequences, dims] in the order of the sequences; 0 for those without tokens but for what lies in `states`
void put_states(const TimeSteps& steps, const float* states, int64_t dims, Matrix out);

// What the product with the state before gets: d [tokens, width] in the order of the steps, states [tokens, dims] the
// one before each token. out.weights = d' states, out.bias = sums over the rows of d.
void weight_gradients(const Recurrence& of, const TimeSteps& steps, ConstMatrix h, ConstMatrix d,
                      const RecurrenceGradient& out, GemmScratch& scratch, const AbortFlag* abort);

}  // namespace kindred::nn

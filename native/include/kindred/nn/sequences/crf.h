// Linear-chain conditional random fields (Lafferty, McCallum, Pereira 2001) over sequences that lie end to end.
#pragma once

#include "kindred/linalg/matrix.h"
#include "kindred/nn/sequences/attention.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// The score of the tags y of a sequence: start[y_0] + sum of emissions[t][y_t] + sum of transitions[y_t][y_t+1] +
// end[y_last].
struct Crf {
  ConstMatrix emissions;  // [tokens, tags]
  Sequences sequences;
  ConstMatrix transitions;  // [tags, tags], from the row to the column
  const float* start;       // [tags]
  const float* end;         // [tags]
};

// The mean over the sequences that have tokens of ln(sum over all taggings of exp(score)) - score of labels [tokens];
// 0 where there is none. ERR_VALUE for a label that is no tag.
float crf_loss(const Crf& crf, const int32_t* labels, const AbortFlag* abort);

// Of crf_loss, times dloss, by the forward-backward algorithm in logarithms: emissions [tokens, tags], transitions
// [tags, tags], start and end [tags]
struct CrfGradient {
  Matrix emissions;
  Matrix transitions;
  float* start;
  float* end;
};
void crf_loss_gradient(const Crf& crf, const int32_t* labels, float dloss, const CrfGradient& out,
                       const AbortFlag* abort);

// The tags [tokens] of the greatest score (Viterbi 1967); of equal ones the lower tag, from the end. ERR_VALUE where
// there are tokens and no tags.
void crf_decode(const Crf& crf, int32_t* tags, const AbortFlag* abort);

}  // namespace kindred::nn

// Word vectors by factorising co-occurrences (Pennington, Socher and Manning 2014, "GloVe: Global vectors for word
// representation").
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// How often words stand within `window` words of each other in a sentence, a pair d words apart counted 1 / d (section
// 3.1), both ways: [words, words], columns ascending. Tokens as in WordCorpus, words counted `counts` [words] times.
// Sums are in double and in the order of the text. Throws ERR_VALUE for a token that is no word, ERR_TOO_LARGE from
// 2^31 pairs on, ERR_ABORTED.
Csr cooccurrences(const int32_t* tokens, int64_t size, const double* counts, int64_t words, int64_t window,
                  const AbortFlag* abort);

// Rows [words, width], widths multiples of kWordLane, biases [words], and for each number the sum of its squared
// steps, 1 at first.
struct GloveModel {
  Matrix X, Y;
  float* x_bias = nullptr;
  float* y_bias = nullptr;
  Matrix X_squares, Y_squares;
  float* x_bias_squares = nullptr;
  float* y_bias_squares = nullptr;
};

struct GloveOptions {
  float learning_rate = 0.05f;
  float most = 100;        // x_max of equation 9
  float exponent = 0.75f;  // alpha of equation 9
  uint64_t seed = 0;
  uint64_t epoch = 0;
};

// One AdaGrad step a pair with a count above 0, as the authors' program takes it (the learning rate within the sums of
// squares), in random order within cells, as in sgd.h. Returns the loss of equation 8 over 2, each pair's before its
// step. Throws ERR_SHAPE, ERR_ABORTED. The same bits for any number of threads.
double glove_epoch(const CsrView& counts, const GloveModel& model, const GloveOptions& options, const AbortFlag* abort);

}  // namespace kindred

// Word vectors by scalar steps in double, what the fast versions are tested against.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cpu/words/words_kernels.h"

namespace kindred::reference {

// X and Y [words, width], row-major.
struct WordVectors {
  std::vector<double> X, Y;
  int64_t width;
};

// One batch of pairs that share negatives; see WordsKernels::skip_gram.
void skip_gram_batch(WordVectors& vectors, const std::vector<WordPair>& pairs, const std::vector<int32_t>& negatives,
                     double rate);

// A window: the words around, and what they predict, the centre first.
struct WordWindow {
  std::vector<int32_t> inputs, outputs;
};

// Windows that all see the vectors from before; see WordsKernels::cbow_window.
void cbow_batch(WordVectors& vectors, const std::vector<WordWindow>& windows, double rate);

struct GloveVectors {
  std::vector<double> X, Y, x_bias, y_bias, X_squares, Y_squares, x_bias_squares, y_bias_squares;
  int64_t width;
};

// One step of AdaGrad; returns the loss before it.
double glove_step(GloveVectors& vectors, const MetPair& pair, double rate, double most, double exponent);

// How often words meet, by row and column.
std::map<std::pair<int32_t, int32_t>, double> cooccurrences(const std::vector<int32_t>& tokens, int64_t window);

// [sentences, dims]
std::vector<double> weighted_means(const std::vector<float>& vectors, int64_t dims, const std::vector<float>& weights,
                                   const std::vector<int32_t>& ids, const std::vector<int32_t>& offsets);

}  // namespace kindred::reference

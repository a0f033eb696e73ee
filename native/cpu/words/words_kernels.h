// Steps of word vectors; widths are multiples of kWordLane.
#pragma once

#include <stdint.h>

namespace kindred {

// A word that predicts, and one predicted.
struct WordPair {
  int32_t input, output;
};

// X and Y [any, width], contiguous.
struct WordTables {
  float *X, *Y;
  int64_t width;
};

// A pair of words of GloVe and how often they meet.
struct MetPair {
  int32_t row, column;
  float count;
};

struct GloveTables {
  float *X, *Y, *x_bias, *y_bias, *X_squares, *Y_squares, *x_bias_squares, *y_bias_squares;
  int64_t width;
  float learning_rate, most, exponent;
};

struct WordsKernels {
  // words/isa/skip_gram.cpp: one batch of `count` pairs, at most kSkipGramBatch, and `negatives` [negative_count] that
  // they share. The rate times the error of each prediction, 1 or 0 less its logistic function, is of the rows before
  // the batch, and 0 where the negative is the pair's output. With n[k] the negatives' rows from before the batch, the
  // pairs b are then taken in order, x and y their rows as they have become:
  //   x' = x + e[b] y + sum over k of e[b][k] n[k],  y' = y + e[b] x,  d[k] += e[b][k] x;
  // at the end d[k] is added to the row of negative k, in order.
  void (*skip_gram)(const WordTables& tables, const WordPair* pairs, int64_t count, const int32_t* negatives,
                    int64_t negative_count, float rate);

  // words/isa/cbow.cpp: of a window of the words inputs[0 .. count), whose mean is written to mean [width]; outputs
  // [output_count], the word predicted first, then negatives, which count nothing where they are the same. errors
  // [output_count] become the rate times the errors, ascent [width] the sum of them times the rows of the outputs.
  void (*cbow_window)(const WordTables& tables, const int32_t* inputs, int64_t count, const int32_t* outputs,
                      int64_t output_count, float rate, float* mean, float* errors, float* ascent);

  // words/isa/glove.cpp: AdaGrad steps in order; returns the sum of the losses before each
  double (*glove)(const GloveTables& tables, const MetPair* pairs, int64_t count);
};

}  // namespace kindred

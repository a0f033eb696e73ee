// Word vectors by prediction: skip-gram and continuous bag of words with negative sampling (Mikolov, Sutskever, Chen,
// Corrado and Dean 2013, "Distributed representations of words and phrases and their compositionality", section 2.2;
// Mikolov, Chen, Corrado and Dean 2013, "Efficient estimation of word representations in vector space", section 3).
//
// Each word has a row of X [words, width], its vector, and one of Y [words, width], what it is as the word predicted.
// The same bits for any number of threads, in ways that the two functions name.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/words/batch.h"

namespace kindred {

// Words, the most frequent first; everything but the tokens has one number a word.
struct WordCorpus {
  const int32_t* tokens = nullptr;  // words, and negative numbers between sentences
  int64_t size = 0;
  int64_t words = 0;
  const double* keep = nullptr;   // [words] probability that an occurrence is kept (subsampling), 0 to 1
  const double* noise = nullptr;  // [words] how often it is drawn as a negative, relative to others; at least 0
};

struct WordOptions {
  int64_t window = 5;     // at most so many words on either side; each centre draws its own width from 1 to it
  int64_t negatives = 5;  // at most kMostNegatives
  uint64_t seed = 0;
  uint64_t epoch = 0;
  float first_rate = 0.025f;  // learning rate at the first and behind the last token of this call
  float last_rate = 0.025f;
};

// Steps over the tokens [begin, end) of the corpus, in which windows may reach beyond either. Which tokens are kept,
// and the width of each window, depend on seed, epoch and place alone.
//
// Pairs of a word and a word in its window are divided into cells, a block of words that predict times one of words
// predicted, the blocks drawn anew in each call, so that a pass over a text should take hundreds of calls; at a time
// only cells that share neither are worked on, as in sgd.h (for vectors: Zhu, Xu, Tang and Qu 2019, "GraphVite",
// section 3.2). Negatives are drawn among the words of the block predicted, and shared by kSkipGramBatch pairs (Ji,
// Satish, Li and Dubey 2016, "Parallelizing word2vec in shared and distributed memory", section 3), which makes small
// matrix products of them. Returns the number of pairs. Throws ERR_SHAPE for shapes that do not fit, ERR_VALUE for a
// token that is no word, ERR_ABORTED.
int64_t skip_gram(const WordCorpus& corpus, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
                  const WordOptions& options, const AbortFlag* abort);

// The mean of the words in a window predicts its centre. Batches of windows, kCbowBatch or fewer where there are few
// words, see the rows from before them; what they add is added row by row, in order. As in the authors' program, each
// word of a window takes the whole step of the mean. Returns the number of windows; throws as skip_gram.
int64_t cbow(const WordCorpus& corpus, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
             const WordOptions& options, const AbortFlag* abort);

}  // namespace kindred

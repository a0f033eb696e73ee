// The windows of a text after subsampling: which tokens are kept, and how wide a window is, follows from seed, epoch
// and place, so that any part of the text can be taken alone.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/runtime/random.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/words/words.h"

namespace kindred {

class WordWindows {
 public:
  WordWindows(const WordCorpus& corpus, const WordOptions& options)
      : corpus_(corpus), window_(options.window), seed_(mix_seeds(options.seed, options.epoch)) {}

  // Calls body(words, centre, begin, end, place) for each kept token of [begin, end) that has a neighbour: the words
  // words[begin .. end) but for words[centre]. Throws ERR_VALUE for a token that is no word, ERR_ABORTED.
  template <class Body>
  void over(int64_t begin, int64_t end, const AbortFlag* abort, Body body) const {
    std::vector<int32_t> words;   // kept, -1 between sentences
    std::vector<int64_t> places;  // of words
    Poll poll(abort);
    int64_t kept = 0;
    for (int64_t i = begin - 1; i >= 0 && kept < window_; --i) {
      poll();
      if (corpus_.tokens[i] < 0) break;
      if (!keeps(i)) continue;
      words.push_back(corpus_.tokens[i]);
      places.push_back(i);
      ++kept;
    }
    std::reverse(words.begin(), words.end());
    std::reverse(places.begin(), places.end());
    const auto first = static_cast<int64_t>(words.size());
    for (int64_t i = begin; i < end; ++i) {
      poll();
      if (corpus_.tokens[i] >= 0 && !keeps(i)) continue;
      words.push_back(corpus_.tokens[i] < 0 ? -1 : corpus_.tokens[i]);
      places.push_back(i);
    }
    const auto last = static_cast<int64_t>(words.size());
    kept = 0;
    for (int64_t i = end; i < corpus_.size && kept < window_; ++i) {
      poll();
      if (corpus_.tokens[i] < 0) break;
      if (!keeps(i)) continue;
      words.push_back(corpus_.tokens[i]);
      ++kept;
    }
    const auto all = static_cast<int64_t>(words.size());
    for (int64_t centre = first; centre < last; ++centre) {
      if (words[centre] < 0) continue;
      const int64_t width = width_at(places[centre]);
      int64_t from = centre, to = centre + 1;
      while (from > 0 && centre - from < width && words[from - 1] >= 0) --from;
      while (to < all && to - centre <= width && words[to] >= 0) ++to;
      poll(to - from);
      if (to - from > 1) body(words.data(), centre, from, to, places[centre]);
    }
  }

  // What is drawn at a place besides these: the start of a stream.
  RandomStream stream_at(int64_t place) const { return RandomStream(mix_seeds(seed_ + 1, place)); }

 private:
  uint64_t bits_at(int64_t place) const {
    return RandomStream(seed_ + static_cast<uint64_t>(place) * 0x9e3779b97f4a7c15).bits();
  }
  bool keeps(int64_t place) const {
    const int32_t word = corpus_.tokens[place];
    if (word >= corpus_.words)
      fail_value("tokens[" + std::to_string(place) + "]: expected a word below " + std::to_string(corpus_.words) +
                 " but received " + std::to_string(word) + ".");
    return static_cast<double>(bits_at(place) >> 32) * 0x1p-32 < corpus_.keep[word];
  }
  int64_t width_at(int64_t place) const {
    return 1 + static_cast<int64_t>(((bits_at(place) & 0xffffffff) * static_cast<uint64_t>(window_)) >> 32);
  }

  WordCorpus corpus_;
  int64_t window_;
  uint64_t seed_;
};

// Throws ERR_SHAPE or ERR_VALUE.
inline void check_words(const WordCorpus& corpus, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
                        const WordOptions& options) {
  if (X.rows != corpus.words || Y.rows != corpus.words || X.cols != Y.cols || X.cols % kWordLane != 0 ||
      X.stride != X.cols || Y.stride != Y.cols)
    fail_shape("X, Y: expected contiguous matrices of a row a word and of the same columns, a multiple of " +
               std::to_string(kWordLane) + ".");
  if (begin < 0 || begin > end || end > corpus.size) fail_shape("tokens: expected 0 <= begin <= end <= size.");
  if (options.window < 1) fail_value("window: expected at least 1.");
  if (options.negatives < 0 || options.negatives > kMostNegatives)
    fail_value("negatives: expected 0 to " + std::to_string(kMostNegatives) + ".");
}

}  // namespace kindred

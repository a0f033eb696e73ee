// Words in blocks, and the pairs of a text by cell: a block of words that predict times one of words predicted.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "cpu/words/word_windows.h"
#include "cpu/words/words_kernels.h"

namespace kindred {

// Words dealt to blocks: of each `count` words that follow one another, and so are about as frequent, one to each
// block, at random. Block b holds one word of each such group, in its order.
class WordBlocks {
 public:
  // More keep more threads busy and rows in the cache; fewer leave more words to draw negatives from.
  static constexpr int64_t kMost = 16;
  static constexpr int64_t kWordsPerBlock = 128;

  WordBlocks(int64_t words, uint64_t seed, const AbortFlag* abort)
      : count_(std::clamp<int64_t>(words / kWordsPerBlock, 1, kMost)), block_of_(words), members_(count_) {
    RandomStream random(seed);
    Poll poll(abort);
    std::array<uint8_t, kMost> order{};
    for (int64_t first = 0; first < words; first += count_) {
      poll(count_);
      for (int64_t b = 0; b < std::min(count_, kMost); ++b) order[b] = static_cast<uint8_t>(b);
      for (int64_t b = count_ - 1; b > 0; --b) std::swap(order[b], order[random.below(b + 1)]);
      for (int64_t b = 0; b < count_ && first + b < words; ++b) {
        block_of_[first + b] = order[b];
        members_[order[b]].push_back(static_cast<int32_t>(first + b));
      }
    }
  }

  int64_t count() const { return count_; }
  int64_t cells() const { return count_ * count_; }
  int64_t of(int32_t word) const { return block_of_[word]; }
  std::span<const int32_t> members(int64_t block) const { return members_[block]; }

 private:
  int64_t count_;
  std::vector<uint8_t> block_of_;
  std::vector<std::vector<int32_t>> members_;
};

// The pairs of a part of the text, those of a cell together, in the order of the text.
struct PairsByCell {
  std::vector<int64_t> begins;  // [cells + 1]
  std::vector<WordPair> pairs;

  std::span<const WordPair> of(int64_t cell) const {
    return {pairs.data() + begins[cell], pairs.data() + begins[cell + 1]};
  }
};

// Of the words of each window around the tokens [begin, end), each with the word in the middle as what it predicts.
inline PairsByCell pairs_by_cell(const WordWindows& windows, int64_t begin, int64_t end, const WordBlocks& inputs,
                                 const WordBlocks& outputs, const AbortFlag* abort) {
  std::vector<WordPair> found;
  PairsByCell out;
  out.begins.assign(inputs.cells() + 1, 0);
  const auto cell_of = [&](const WordPair& pair) {
    return inputs.of(pair.input) * outputs.count() + outputs.of(pair.output);
  };
  windows.over(begin, end, abort, [&](const int32_t* words, int64_t centre, int64_t from, int64_t to, int64_t) {
    for (int64_t i = from; i < to; ++i) {
      if (i == centre) continue;
      found.push_back({words[i], words[centre]});
      ++out.begins[cell_of(found.back()) + 1];
    }
  });
  for (size_t c = 1; c < out.begins.size(); ++c) out.begins[c] += out.begins[c - 1];
  out.pairs.resize(found.size());
  std::vector<int64_t> next = out.begins;
  Poll poll(abort);
  for (const WordPair& pair : found) {
    poll();
    out.pairs[next[cell_of(pair)]++] = pair;
  }
  return out;
}

}  // namespace kindred

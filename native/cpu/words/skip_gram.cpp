#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "cpu/words/noise.h"
#include "cpu/words/word_blocks.h"

namespace kindred {
namespace {

constexpr int64_t kTokensAtOnce = 1 << 11;  // of which a thread makes pairs
constexpr int64_t kPairsPerPoll = 1 << 10;

// The steps of one cell: its pairs in order of the text, kSkipGramBatch at a time.
class CellSteps {
 public:
  CellSteps(const WordTables& tables, const Noise& noise, uint64_t seed, int64_t negatives, float rate)
      : tables_(tables), noise_(noise), random_(seed), negatives_(negatives), rate_(rate) {}

  void add(std::span<const WordPair> pairs) {
    for (const WordPair& pair : pairs) {
      fetch(tables_.X + pair.input * tables_.width);
      fetch(tables_.Y + pair.output * tables_.width);
      batch_[count_++] = pair;
      if (count_ == 2 * kSkipGramBatch) step(kSkipGramBatch);
    }
  }
  void finish() {
    while (count_ > 0) step(std::min(count_, kSkipGramBatch));
  }

 private:
  void fetch(const float* row) const {
    for (int64_t t = 0; t < tables_.width; t += kWordLane) __builtin_prefetch(row + t, 1);
  }
  // The oldest `count` pairs; their successors' rows are on their way.
  void step(int64_t count) {
    int32_t negatives[kMostNegatives];
    for (int64_t k = 0; k < negatives_; ++k) negatives[k] = noise_.draw(random_);
    kernels().words.skip_gram(tables_, batch_, count, negatives, negatives_, rate_);
    count_ -= count;
    std::copy_n(batch_ + count, count_, batch_);
  }

  WordTables tables_;
  const Noise& noise_;
  RandomStream random_;
  int64_t negatives_;
  float rate_;
  WordPair batch_[2 * kSkipGramBatch];
  int64_t count_ = 0;
};

}  // namespace

int64_t skip_gram(const WordCorpus& corpus, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
                  const WordOptions& options, const AbortFlag* abort) {
  check_words(corpus, begin, end, X, Y, options);
  if (corpus.words == 0) return 0;
  const uint64_t seed = mix_seeds(mix_seeds(options.seed, options.epoch), begin);
  const WordBlocks inputs(corpus.words, mix_seeds(seed, 1), abort), outputs(corpus.words, mix_seeds(seed, 2), abort);
  const WordWindows windows(corpus, options);
  const int64_t blocks = inputs.count(), parts = (end - begin + kTokensAtOnce - 1) / kTokensAtOnce;
  std::vector<PairsByCell> pairs(parts);
  parallel_for(parts, 1, abort, [&](int64_t part, int64_t) {
    const int64_t first = begin + part * kTokensAtOnce;
    pairs[part] = pairs_by_cell(windows, first, std::min(first + kTokensAtOnce, end), inputs, outputs, abort);
  });
  std::vector<Noise> noise;
  for (int64_t b = 0; b < blocks; ++b) noise.emplace_back(outputs.members(b), corpus.noise);
  for (int64_t turn = 0; turn < blocks; ++turn) {
    const float share = static_cast<float>(turn) / static_cast<float>(blocks);
    const float rate = options.first_rate + share * (options.last_rate - options.first_rate);
    parallel_for(blocks, 1, abort, [&](int64_t of_input, int64_t) {
      const int64_t of_output = (of_input + turn) % blocks, cell = of_input * blocks + of_output;
      CellSteps steps({X.data, Y.data, X.cols}, noise[of_output], mix_seeds(seed + 3, cell), options.negatives, rate);
      for (const PairsByCell& part : pairs) {
        const auto some = part.of(cell);
        for (size_t at = 0; at < some.size(); at += kPairsPerPoll) {
          if (aborted(abort)) fail_aborted();
          steps.add(some.subspan(at, std::min<size_t>(kPairsPerPoll, some.size() - at)));
        }
      }
      steps.finish();
    });
  }
  int64_t count = 0;
  for (const PairsByCell& part : pairs) count += static_cast<int64_t>(part.pairs.size());
  return count;
}

}  // namespace kindred

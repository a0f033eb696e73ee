#include "kindred/words/words.h"

#include <algorithm>
#include <numeric>

#include "cpu/runtime/kernel_table.h"
#include "cpu/words/noise.h"
#include "cpu/words/word_blocks.h"
#include "kindred/words/weighted_means.h"
#include "reference/words/words.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// A text of words by falling frequency, and vectors of them.
struct Text {
  std::vector<int32_t> tokens;
  std::vector<double> keep, noise;
  std::vector<float> X, Y;
  int64_t words, width;

  Text(Random& random, int64_t size, int64_t words, int64_t width)
      : keep(words, 0.7),
        noise(words),
        X(random.floats(words * width, -0.5, 0.5)),
        Y(random.floats(words * width, -0.5, 0.5)),
        words(words),
        width(width) {
    for (int64_t i = 0; i < size; ++i) {
      const double place = random.uniform(0, 1) * random.uniform(0, 1);
      tokens.push_back(random.integer(0, 15) == 0 ? -1 : static_cast<int32_t>(place * static_cast<double>(words)));
    }
    for (int64_t w = 0; w < words; ++w) noise[w] = 1 / static_cast<double>(w + 1);
  }
  WordCorpus corpus() const {
    return {tokens.data(), static_cast<int64_t>(tokens.size()), words, keep.data(), noise.data()};
  }
  Matrix x() { return {X.data(), words, width}; }
  Matrix y() { return {Y.data(), words, width}; }
  reference::WordVectors doubled() const { return {doubles(X), doubles(Y), width}; }
  std::vector<double> all() const {
    std::vector<double> out = doubles(X);
    out.insert(out.end(), Y.begin(), Y.end());
    return out;
  }
};

// Every word of every window with its centre, in order.
std::vector<std::pair<int32_t, int32_t>> pairs_of(const WordWindows& windows, int64_t begin, int64_t end) {
  std::vector<std::pair<int32_t, int32_t>> out;
  windows.over(begin, end, nullptr, [&](const int32_t* words, int64_t centre, int64_t from, int64_t to, int64_t) {
    for (int64_t i = from; i < to; ++i)
      if (i != centre) out.push_back({words[i], words[centre]});
  });
  return out;
}

}  // namespace

TEST(a_batch_of_pairs_steps_as_the_reference_does) {
  Random random(1);
  for (const int64_t width : {16, 32, 112})
    for (int64_t count = 1; count <= kSkipGramBatch; ++count)
      for (const int64_t negative_count : {0, 1, 2, 3, 4, 5, 6, 7, 11, 64})
        for (const int64_t words : {1, 3, 200}) {
          Text text(random, 0, words, width);
          reference::WordVectors expected = text.doubled();
          std::vector<WordPair> pairs;
          std::vector<int32_t> negatives;
          const auto word = [&] { return static_cast<int32_t>(random.integer(0, words - 1)); };
          for (int64_t b = 0; b < count; ++b) pairs.push_back({word(), word()});
          for (int64_t k = 0; k < negative_count; ++k) negatives.push_back(word());
          reference::skip_gram_batch(expected, pairs, negatives, 0.05);
          kernels().words.skip_gram({text.X.data(), text.Y.data(), width}, pairs.data(), count, negatives.data(),
                                    negative_count, 0.05f);
          CHECK_CLOSE(text.X, expected.X, 2e-5, 2e-5);
          CHECK_CLOSE(text.Y, expected.Y, 2e-5, 2e-5);
        }
}

TEST(windows_are_those_of_the_text_whatever_the_parts_it_is_taken_in) {
  Random random(2);
  Text text(random, 1025, 33, 16);
  WordOptions options;
  for (const int64_t window : {1, 5, 31, 2000}) {
    options.window = window;
    const WordWindows windows(text.corpus(), options);
    const auto whole = pairs_of(windows, 0, 1025);
    CHECK(whole.size() > 100);
    for (const int64_t step : {1, 7, 33, 1023}) {
      std::vector<std::pair<int32_t, int32_t>> parts;
      for (int64_t begin = 0; begin < 1025; begin += step) {
        const auto part = pairs_of(windows, begin, std::min<int64_t>(begin + step, 1025));
        parts.insert(parts.end(), part.begin(), part.end());
      }
      CHECK(parts == whole);
    }
  }
  std::fill(text.keep.begin(), text.keep.end(), 1);
  options.window = 1;
  std::vector<std::pair<int32_t, int32_t>> neighbours;
  for (int64_t i = 0; i < 1025; ++i)
    for (const int64_t j : {i - 1, i + 1})
      if (text.tokens[i] >= 0 && j >= 0 && j < 1025 && text.tokens[j] >= 0)
        neighbours.push_back({text.tokens[j], text.tokens[i]});
  CHECK(pairs_of(WordWindows(text.corpus(), options), 0, 1025) == neighbours);
  std::fill(text.keep.begin(), text.keep.end(), 0);
  CHECK(pairs_of(WordWindows(text.corpus(), options), 0, 1025).empty());
}

TEST(tokens_are_kept_and_windows_wide_as_often_as_they_should) {
  Random random(3);
  Text text(random, 200000, 5, 16);
  std::fill(text.tokens.begin(), text.tokens.end(), 3);
  text.keep[3] = 0.25;
  WordOptions options;
  options.window = 4;
  int64_t centres = 0, neighbours = 0;
  WordWindows(text.corpus(), options)
      .over(0, 200000, nullptr, [&](const int32_t*, int64_t, int64_t from, int64_t to, int64_t) {
        ++centres;
        neighbours += to - from - 1;
      });
  CHECK_CLOSE((std::vector<double>{static_cast<double>(centres) / 200000,
                                   static_cast<double>(neighbours) / static_cast<double>(centres)}),
              (std::vector<double>{0.25, 2 * 2.5}), 0.02, 0);
}

TEST(blocks_hold_each_word_once_and_negatives_come_by_their_weight) {
  for (const int64_t words : {1, 127, 128, 300, 1025, 4096, 5000}) {
    const WordBlocks blocks(words, 7, nullptr);
    std::vector<int> seen(words, 0);
    for (int64_t b = 0; b < blocks.count(); ++b)
      for (const int32_t word : blocks.members(b)) {
        ++seen[word];
        CHECK_EQUAL(blocks.of(word), b);
      }
    CHECK(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));
    CHECK_EQUAL(blocks.count(), std::clamp<int64_t>(words / 128, 1, 16));
  }
  const std::vector<int32_t> words{4, 1, 2};
  const std::vector<double> weights{9, 1, 0, 9, 3};
  const Noise noise(words, weights.data());
  RandomStream stream(1);
  std::vector<double> shares(5, 0);
  for (int n = 0; n < 40000; ++n) shares[noise.draw(stream)] += 1.0 / 40000;
  CHECK_CLOSE(shares, (std::vector<double>{0, 0.25, 0, 0, 0.75}), 0.02, 0);
  const std::vector<double> zeros(5, 0);
  const Noise even(words, zeros.data());
  std::fill(shares.begin(), shares.end(), 0);
  for (int n = 0; n < 40000; ++n) shares[even.draw(stream)] += 1.0 / 40000;
  CHECK_CLOSE(shares, (std::vector<double>{0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3}), 0.02, 0);
}

TEST(skip_gram_equals_the_reference_cell_by_cell) {
  Random random(4);
  for (const auto& [size, words, width] :
       {std::tuple<int64_t, int64_t, int64_t>{0, 3, 16}, {1, 1, 16}, {33, 5, 16}, {1023, 31, 32}, {20000, 400, 48}}) {
    Text text(random, size, words, width);
    WordOptions options;
    options.seed = 5;
    options.epoch = 2;
    options.first_rate = 0.1f;
    options.last_rate = 0.02f;
    const int64_t begin = size / 5, end = size;
    reference::WordVectors expected = text.doubled();
    const uint64_t seed = mix_seeds(mix_seeds(options.seed, options.epoch), begin);
    const WordBlocks inputs(words, mix_seeds(seed, 1), nullptr), outputs(words, mix_seeds(seed, 2), nullptr);
    const auto pairs = pairs_by_cell(WordWindows(text.corpus(), options), begin, end, inputs, outputs, nullptr);
    const int64_t blocks = inputs.count();
    for (int64_t turn = 0; turn < blocks; ++turn)
      for (int64_t of_input = 0; of_input < blocks; ++of_input) {
        const int64_t of_output = (of_input + turn) % blocks, cell = of_input * blocks + of_output;
        const Noise noise(outputs.members(of_output), text.noise.data());
        RandomStream stream(mix_seeds(seed + 3, cell));
        // the parts that pairs are made in come one after another in each cell
        const auto all = pairs.of(cell);
        for (size_t at = 0; at < all.size(); at += kSkipGramBatch) {
          const auto batch = all.subspan(at, std::min<size_t>(kSkipGramBatch, all.size() - at));
          std::vector<int32_t> negatives(options.negatives);
          for (int32_t& negative : negatives) negative = noise.draw(stream);
          const double rate = 0.1 + static_cast<double>(turn) / static_cast<double>(blocks) * (0.02 - 0.1);
          reference::skip_gram_batch(expected, {batch.begin(), batch.end()}, negatives, rate);
        }
      }
    const int64_t count = skip_gram(text.corpus(), begin, end, text.x(), text.y(), options, nullptr);
    CHECK_EQUAL(count, static_cast<int64_t>(pairs.pairs.size()));
    CHECK_CLOSE(text.X, expected.X, 1e-3, 1e-3);
    CHECK_CLOSE(text.Y, expected.Y, 1e-3, 1e-3);
  }
}

TEST(cbow_equals_the_reference_batch_by_batch) {
  Random random(5);
  for (const auto& [size, words, width] :
       {std::tuple<int64_t, int64_t, int64_t>{0, 3, 16}, {33, 5, 16}, {1023, 31, 32}, {5000, 1100, 48}}) {
    Text text(random, size, words, width);
    WordOptions options;
    options.seed = 5;
    options.first_rate = options.last_rate = 0.05f;
    reference::WordVectors expected = text.doubled();
    const WordWindows windows(text.corpus(), options);
    std::vector<int32_t> every(words);
    std::iota(every.begin(), every.end(), 0);
    const Noise noise(every, text.noise.data());
    std::vector<reference::WordWindow> all;
    windows.over(0, size, nullptr, [&](const int32_t* list, int64_t centre, int64_t from, int64_t to, int64_t place) {
      reference::WordWindow window;
      for (int64_t i = from; i < to; ++i)
        if (i != centre) window.inputs.push_back(list[i]);
      window.outputs.push_back(list[centre]);
      RandomStream stream = windows.stream_at(place);
      for (int64_t k = 0; k < options.negatives; ++k) window.outputs.push_back(noise.draw(stream));
      all.push_back(window);
    });
    const size_t batch = std::clamp<int64_t>(words / 32, 1, kCbowBatch);
    for (size_t at = 0; at < all.size(); at += batch)
      reference::cbow_batch(expected, {all.begin() + at, all.begin() + std::min(at + batch, all.size())}, 0.05);
    const int64_t count = cbow(text.corpus(), 0, size, text.x(), text.y(), options, nullptr);
    CHECK_EQUAL(count, static_cast<int64_t>(all.size()));
    CHECK_CLOSE(text.X, expected.X, 1e-3, 1e-3);
    CHECK_CLOSE(text.Y, expected.Y, 1e-3, 1e-3);
  }
}

TEST(the_same_bits_for_any_number_of_threads) {
  for (const bool bag : {false, true})
    CHECK_SAME_BITS({
      Random random(6);
      Text text(random, 60000, 3000, 32);
      WordOptions options;
      options.seed = 9;
      (bag ? cbow : skip_gram)(text.corpus(), 0, 60000, text.x(), text.y(), options, nullptr);
      return text.all();
    });
}

TEST(what_does_not_fit_is_refused_and_an_abort_is_heard) {
  Random random(7);
  Text text(random, 100, 10, 16);
  WordOptions options;
  for (const auto steps : {skip_gram, cbow}) {
    CHECK_THROWS("ERR_SHAPE", "begin <= end", steps(text.corpus(), 0, 101, text.x(), text.y(), options, nullptr));
    Matrix narrow = text.x();
    narrow.cols = 8;
    CHECK_THROWS("ERR_SHAPE", "multiple of 16", steps(text.corpus(), 0, 9, narrow, text.y(), options, nullptr));
    WordOptions wrong = options;
    wrong.negatives = 65;
    CHECK_THROWS("ERR_VALUE", "0 to 64", steps(text.corpus(), 0, 9, text.x(), text.y(), wrong, nullptr));
    wrong = options;
    wrong.window = 0;
    CHECK_THROWS("ERR_VALUE", "window", steps(text.corpus(), 0, 9, text.x(), text.y(), wrong, nullptr));
    const AbortFlag raised(true);
    CHECK_THROWS("ERR_ABORTED", "aborted", steps(text.corpus(), 0, 100, text.x(), text.y(), options, &raised));
    std::vector<int32_t> kept = text.tokens;
    text.tokens[50] = 10;
    CHECK_THROWS("ERR_VALUE", "tokens[50]", steps(text.corpus(), 0, 100, text.x(), text.y(), options, nullptr));
    text.tokens = kept;
  }
}

TEST(weighted_means_equal_the_reference) {
  Random random(8);
  for (const int64_t sentences : {0, 1, 31, 33, 1025})
    for (const int64_t dims : {1, 7, 33}) {
      const std::vector<float> vectors = random.floats(20 * dims), weights = random.floats(20, 0, 1);
      std::vector<int32_t> ids, offsets{0};
      for (int64_t s = 0; s < sentences; ++s) {
        for (int64_t n = random.integer(0, 6); n > 0; --n) ids.push_back(static_cast<int32_t>(random.integer(0, 19)));
        offsets.push_back(static_cast<int32_t>(ids.size()));
      }
      std::vector<float> out(sentences * dims, 7);
      const ConstMatrix rows{vectors.data(), 20, dims};
      const auto count = static_cast<int64_t>(ids.size());
      weighted_means(rows, weights.data(), ids.data(), count, offsets.data(), {out.data(), sentences, dims}, nullptr);
      CHECK_CLOSE(out, reference::weighted_means(vectors, dims, weights, ids, offsets), 1e-6, 1e-5);
      if (ids.empty()) continue;
      ids[0] = 20;
      CHECK_THROWS("ERR_SHAPE", "ids",
                   weighted_means(rows, weights.data(), ids.data(), count, offsets.data(),
                                  {out.data(), sentences, dims}, nullptr));
      ids[0] = 0;
      CHECK_THROWS("ERR_SHAPE", "offsets",
                   weighted_means(rows, weights.data(), ids.data(), count - 1, offsets.data(),
                                  {out.data(), sentences, dims}, nullptr));
    }
}

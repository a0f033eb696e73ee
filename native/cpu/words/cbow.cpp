#include <algorithm>
#include <numeric>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/touched_rows.h"
#include "cpu/words/noise.h"
#include "cpu/words/word_windows.h"

namespace kindred {
namespace {

constexpr int64_t kTokensAtOnce = 1 << 14;
constexpr int64_t kWindowsPerChunk = 8;
constexpr int64_t kRowsPerChunk = 16;
constexpr int64_t kWordsPerWindow = 32;  // in a vocabulary, of the windows of a batch

// Windows, one after another.
struct Windows {
  std::vector<int32_t> inputs;  // words around the centres
  std::vector<int64_t> ends;    // of inputs, for each window
  std::vector<int32_t> centres;
  std::vector<int64_t> places;  // of the centres
  int64_t count() const { return static_cast<int64_t>(centres.size()); }
  int64_t begin(int64_t w) const { return w == 0 ? 0 : ends[w - 1]; }
};

Windows windows_of(const WordWindows& windows, int64_t begin, int64_t end, const AbortFlag* abort) {
  Windows out;
  windows.over(begin, end, abort, [&](const int32_t* words, int64_t centre, int64_t from, int64_t to, int64_t place) {
    out.inputs.insert(out.inputs.end(), words + from, words + centre);
    out.inputs.insert(out.inputs.end(), words + centre + 1, words + to);
    out.ends.push_back(static_cast<int64_t>(out.inputs.size()));
    out.centres.push_back(words[centre]);
    out.places.push_back(place);
  });
  return out;
}

class Batches {
 public:
  Batches(const WordWindows& draws, const WordTables& tables, const Noise& noise, int64_t words, int64_t negatives,
          int64_t batch, const AbortFlag* abort)
      : draws_(draws),
        tables_(tables),
        noise_(noise),
        predicted_(negatives + 1),
        abort_(abort),
        inputs_(words),
        outputs_(words),
        means_(batch * tables.width),
        ascents_(batch * tables.width),
        errors_(batch * predicted_),
        words_(batch * predicted_) {}

  // The windows [first, first + count).
  void step(const Windows& windows, int64_t first, int64_t count, float rate) {
    const int64_t width = tables_.width;
    parallel_for(count, kWindowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t w = begin; w < end; ++w) {
        const int64_t window = first + w, at = windows.begin(window);
        int32_t* predicted = words_.data() + w * predicted_;
        predicted[0] = windows.centres[window];
        RandomStream random = draws_.stream_at(windows.places[window]);
        for (int64_t k = 1; k < predicted_; ++k) predicted[k] = noise_.draw(random);
        kernels().words.cbow_window(tables_, windows.inputs.data() + at, windows.ends[window] - at, predicted,
                                    predicted_, rate, means_.data() + w * width, errors_.data() + w * predicted_,
                                    ascents_.data() + w * width);
      }
    });
    outputs_.group(count * predicted_, abort_, [&](int64_t place) { return words_[place]; });
    over(outputs_, [&](int32_t word, std::span<const int32_t> places) {
      for (const int32_t place : places)
        if (errors_[place] != 0)
          kernels().axpy(errors_[place], means_.data() + place / predicted_ * width, tables_.Y + word * width, width);
    });
    const int64_t begin = windows.begin(first), end = windows.ends[first + count - 1];
    window_of_.resize(end - begin);
    for (int64_t w = 0; w < count; ++w)
      std::fill(window_of_.begin() + (windows.begin(first + w) - begin),
                window_of_.begin() + (windows.ends[first + w] - begin), static_cast<int32_t>(w));
    inputs_.group(end - begin, abort_, [&](int64_t place) { return windows.inputs[begin + place]; });
    over(inputs_, [&](int32_t word, std::span<const int32_t> places) {
      for (const int32_t place : places)
        kernels().axpy(1, ascents_.data() + window_of_[place] * width, tables_.X + word * width, width);
    });
  }

 private:
  template <class Body>
  void over(const TouchedRows& touched, Body body) {
    parallel_for(touched.count(), kRowsPerChunk, abort_, [&](int64_t begin, int64_t end) {
      for (int64_t slot = begin; slot < end; ++slot) body(touched.row(slot), touched.places(slot));
    });
  }

  const WordWindows& draws_;
  WordTables tables_;
  const Noise& noise_;
  int64_t predicted_;  // words of a window: its centre and negatives
  const AbortFlag* abort_;
  TouchedRows inputs_, outputs_;
  std::vector<float> means_, ascents_, errors_;
  std::vector<int32_t> words_, window_of_;
};

}  // namespace

int64_t cbow(const WordCorpus& corpus, int64_t begin, int64_t end, const Matrix& X, const Matrix& Y,
             const WordOptions& options, const AbortFlag* abort) {
  check_words(corpus, begin, end, X, Y, options);
  if (corpus.words == 0) return 0;
  std::vector<int32_t> all(corpus.words);
  std::iota(all.begin(), all.end(), 0);
  const Noise noise(all, corpus.noise);
  const WordWindows draws(corpus, options);
  const int64_t batch = std::clamp<int64_t>(corpus.words / kWordsPerWindow, 1, kCbowBatch);
  Batches batches(draws, {X.data, Y.data, X.cols}, noise, corpus.words, options.negatives, batch, abort);
  int64_t count = 0;
  for (int64_t first = begin; first < end; first += kTokensAtOnce) {
    const Windows windows = windows_of(draws, first, std::min(first + kTokensAtOnce, end), abort);
    const float share = static_cast<float>(first - begin) / static_cast<float>(end - begin);
    const float rate = options.first_rate + share * (options.last_rate - options.first_rate);
    for (int64_t w = 0; w < windows.count(); w += batch)
      batches.step(windows, w, std::min(batch, windows.count() - w), rate);
    count += windows.count();
  }
  return count;
}

}  // namespace kindred

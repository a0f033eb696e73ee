#include <algorithm>
#include <functional>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/words/glove.h"

namespace kindred {
namespace {

constexpr double kPairsAtOnce = 1 << 23;  // of a group of rows, before those of the same words are added up

// A word near one of the group's.
struct Near {
  int32_t row, column;
  float count;
};

// Rows in groups of few enough pairs: where each begins, and the end.
std::vector<int64_t> groups_of(const double* counts, int64_t words, int64_t window) {
  std::vector<int64_t> begins{0};
  double pairs = 0;
  for (int64_t row = 0; row < words; ++row) {
    const double own = counts[row] * 2 * static_cast<double>(window);
    if (pairs > 0 && pairs + own > kPairsAtOnce) {
      begins.push_back(row);
      pairs = 0;
    }
    pairs += own;
  }
  begins.push_back(words);
  return begins;
}

struct Rows {
  std::vector<int32_t> sizes, columns;
  std::vector<float> values;
};

// Calls body(row, column, count) for each pair whose row lies in [first, last), in the order of the text.
template <class Body>
void over_pairs(const int32_t* tokens, int64_t size, int64_t first, int64_t last, int64_t words, int64_t window,
                Poll& poll, Body body) {
  for (int64_t i = 0; i < size; ++i) {
    poll();
    const int32_t word = tokens[i];
    if (word >= words)
      fail_value("tokens[" + std::to_string(i) + "]: expected a word below " + std::to_string(words) +
                 " but received " + std::to_string(word) + ".");
    if (word < first || word >= last) continue;
    poll(2 * window);
    for (int64_t d = 1; d <= window && i - d >= 0 && tokens[i - d] >= 0; ++d)
      body(word, tokens[i - d], 1 / static_cast<float>(d));
    for (int64_t d = 1; d <= window && i + d < size && tokens[i + d] >= 0; ++d) {
      if (tokens[i + d] >= words) break;  // reported when the text comes to it
      body(word, tokens[i + d], 1 / static_cast<float>(d));
    }
  }
}

// The sums of one row after another.
class RowSums {
 public:
  RowSums(int64_t words, Poll& poll) : sums_(words, 0), poll_(poll) {}

  void add(int32_t column, float count) {
    if (sums_[column] == 0) met_.push_back(column);
    sums_[column] += count;
  }
  void end_row(Rows& out) {
    std::sort(met_.begin(), met_.end(), polled(poll_, std::less<>()));
    out.sizes.push_back(static_cast<int32_t>(met_.size()));
    for (const int32_t column : met_) {
      out.columns.push_back(column);
      out.values.push_back(static_cast<float>(sums_[column]));
      sums_[column] = 0;
    }
    met_.clear();
  }

 private:
  std::vector<double> sums_;  // [words]
  std::vector<int32_t> met_;
  Poll& poll_;
};

// The rows [first, last): of a single one sums are made at once, of several their pairs are sorted by row before.
Rows rows_of(const int32_t* tokens, int64_t size, int64_t first, int64_t last, int64_t words, int64_t window,
             const AbortFlag* abort) {
  Poll poll(abort);
  RowSums sums(words, poll);
  Rows out;
  if (last - first == 1) {
    over_pairs(tokens, size, first, last, words, window, poll,
               [&](int32_t, int32_t column, float count) { sums.add(column, count); });
    sums.end_row(out);
    return out;
  }
  std::vector<Near> pairs;
  std::vector<int64_t> begins(last - first + 1, 0);
  over_pairs(tokens, size, first, last, words, window, poll, [&](int32_t row, int32_t column, float count) {
    pairs.push_back({row, column, count});
    ++begins[row - first + 1];
  });
  for (size_t r = 1; r < begins.size(); ++r) begins[r] += begins[r - 1];
  std::vector<int64_t> next = begins;
  std::vector<Near> sorted(pairs.size());
  for (const Near& pair : pairs) {
    poll();
    sorted[next[pair.row - first]++] = pair;
  }
  pairs = {};
  for (int64_t row = first; row < last; ++row) {
    poll(begins[row - first + 1] - begins[row - first]);
    for (int64_t n = begins[row - first]; n < begins[row - first + 1]; ++n) sums.add(sorted[n].column, sorted[n].count);
    sums.end_row(out);
  }
  return out;
}

}  // namespace

Csr cooccurrences(const int32_t* tokens, int64_t size, const double* counts, int64_t words, int64_t window,
                  const AbortFlag* abort) {
  const std::vector<int64_t> begins = groups_of(counts, words, window);
  const auto groups = static_cast<int64_t>(begins.size()) - 1;
  std::vector<Rows> rows(groups);
  parallel_for(groups, 1, abort, [&](int64_t g, int64_t) {
    rows[g] = rows_of(tokens, size, begins[g], begins[g + 1], words, window, abort);
  });
  Csr out;
  out.rows = out.cols = words;
  out.indptr.assign(1, 0);
  int64_t pairs = 0;
  for (const Rows& group : rows) pairs += static_cast<int64_t>(group.columns.size());
  if (pairs > INT32_MAX)
    throw Error("ERR_TOO_LARGE", "sentences: expected fewer than 2^31 pairs of words within the window but found " +
                                     std::to_string(pairs) + ". Raise minCount or narrow the window.");
  out.indices.reserve(pairs);
  out.values.reserve(pairs);
  for (Rows& group : rows) {
    if (aborted(abort)) fail_aborted();
    for (const int32_t n : group.sizes) out.indptr.push_back(out.indptr.back() + n);
    out.indices.insert(out.indices.end(), group.columns.begin(), group.columns.end());
    out.values.insert(out.values.end(), group.values.begin(), group.values.end());
    group = {};
  }
  return out;
}

}  // namespace kindred

// The n-grams of many texts: which there are, in how many texts, and how often in each.
#pragma once

#include <memory>

#include "kindred/ngrams/rules.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/text/texts.h"

namespace kindred {

// Which terms become columns. Bounds are inclusive.
struct NgramLimits {
  double min_texts = 1;              // texts that a term is in, at least
  double max_texts = 1e300;          // and at most
  int64_t max_features = INT64_MAX;  // of those the most frequent in all texts; of equals the first by code points
};

// What NgramCounter::select found.
struct NgramSelection {
  int64_t terms = 0;     // chosen
  int64_t bytes = 0;     // of their names in UTF-8
  int64_t nonzeros = 0;  // of the rows, chosen columns only
  int64_t rare = 0;      // terms in fewer than min_texts
  int64_t frequent = 0;  // in more than max_texts
  int64_t beyond = 0;    // beyond max_features
  int64_t empty = 0;     // texts without any n-gram
};

// Counts in any order and from any threads, then selects, then writes out. Columns are in the order of their terms'
// code points; nothing depends on the number of threads, or on which texts came first.
class NgramCounter {
 public:
  // binary: a term counts once in a text. keep_rows: what rows() needs. Throws as check_rules.
  NgramCounter(const NgramRules& rules, bool binary, bool keep_rows);
  ~NgramCounter();
  NgramCounter(const NgramCounter&) = delete;
  NgramCounter& operator=(const NgramCounter&) = delete;

  // Texts first, first + 1, ... of all. Throws ERR_TOO_LARGE from 2^31 terms on, ERR_ABORTED; of no use afterwards.
  void count(const Texts& texts, int64_t first, const AbortFlag* abort);

  // Once, after all texts, which with keep_rows are 0, 1, 2, ..., each once (ERR_VALUE otherwise). Throws ERR_TOO_LARGE
  // for 2^31 entries or bytes of terms, ERR_ABORTED.
  NgramSelection select(const NgramLimits& limits, const AbortFlag* abort);

  // utf8 [bytes] the terms one after another, ends [terms] where each ends, texts [terms] how many texts have it.
  void terms(char* utf8, int32_t* ends, int32_t* texts, const AbortFlag* abort) const;

  // CSR of all texts counted: indptr [texts + 1], indices and values [nonzeros], columns
  // ascending.
  void rows(int32_t* indptr, int32_t* indices, float* values, const AbortFlag* abort) const;

  int64_t texts() const;
  const NgramSelection& selection() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kindred

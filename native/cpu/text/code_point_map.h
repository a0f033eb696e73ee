// What BERT's normaliser and pre-tokenizer make of each code point, for one set of options, in one look-up.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/text/wordpiece.h"

namespace kindred {

class CodePointMap {
 public:
  enum Form : uint32_t {
    kSelf,      // stays
    kOne,       // becomes the code point in the entry
    kSequence,  // becomes sequence(entry)
    kSyllable,  // a Hangul syllable, to be decomposed
    kGone,      // is dropped
    kGoneStart  // is dropped; a new run of canonical ordering begins
  };
  enum Kind : uint32_t { kWord, kAlone, kSpace };  // part of a word; a word of its own; between words

  struct Entry {
    uint32_t bits;  // code point or index: 21, form: 3, kind: 2, reordered: 1

    uint32_t value() const { return bits & 0x1FFFFF; }
    Form form() const { return static_cast<Form>(bits >> 21 & 7); }
    Kind kind() const { return static_cast<Kind>(bits >> 24 & 3); }
    bool reordered() const { return bits >> 26; }  // canonical ordering may move it: see combining()
    bool operator==(const Entry&) const = default;
  };

  explicit CodePointMap(const WordPieceOptions& options);

  Entry operator[](uint32_t point) const { return entries_[blocks_[point >> kBits] << kBits | (point & kMask)]; }

  // Two or three entries of form kOne, ended by one of form kGone.
  const Entry* sequence(Entry entry) const { return &sequences_[entry.value()]; }

  int64_t bytes() const;

  // The canonical combining class of what a reordered entry stands for.
  static int combining(uint32_t point);

 private:
  static constexpr int kBits = 7;
  static constexpr uint32_t kMask = (1 << kBits) - 1;

  std::vector<uint16_t> blocks_;  // [0x110000 >> kBits]
  std::vector<Entry> entries_;    // blocks that differ
  std::vector<Entry> sequences_;
};

}  // namespace kindred

// Tokenizers as a Hugging Face tokenizer.json describes them: normalisers, pre-tokenizers, a model (WordPiece, byte
// pair encoding, Unigram) and added tokens. The ids equal those of the reference implementation (the Rust library
// `tokenizers`), the versions of its Unicode data included.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// One step of the normaliser. What a kind does not name below is left out of account.
struct NormalizerStep {
  enum Kind {
    kNfc,
    kNfd,
    kNfkc,
    kNfkd,
    kLowercase,     // character by character
    kStripAccents,  // drops combining marks, without decomposing
    kNmt,           // drops control characters, makes other white space a space
    kCleanText,     // of BERT: drops control characters, makes white space a space
    kChinese,       // of BERT: a space on both sides of an ideograph
    kBertAccents,   // of BERT: decomposes canonically, drops combining marks
    kReplace,       // pattern, is_regex, content
    kPrepend,       // content, before a text that is not empty
    kStrip,         // left, right: white space at the ends
    kByteLevel,     // every byte becomes a printable character
    kPrecompiled,   // charsmap: the map that sentencepiece writes
  } kind;
  std::string pattern = {}, content = {};
  bool is_regex = false, left = false, right = false;
};

// What becomes of what a pattern finds.
enum class Found { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

// One step of the pre-tokenizer.
struct SplitStep {
  enum Kind {
    kBert,         // white space goes, punctuation stands alone
    kWhitespace,   // words, and runs of what is neither word nor white space
    kWhiteSplit,   // white space goes
    kDigits,       // found: kIsolated or kContiguous
    kPunctuation,  // found
    kPattern,      // pattern, is_regex, invert, found
    kMetaspace,    // pattern: the character for a space; prepend; splits
    kByteLevel,    // prepend (kAlways: a space before each part, unless there is one), splits by GPT-2's pattern
    kFixedLength,  // length in characters
  } kind;
  enum Prepend { kNever, kFirst, kAlways };
  std::string pattern = {};
  Found found = Found::kIsolated;
  Prepend prepend = kNever;
  bool is_regex = false, invert = false, splits = true;
  int64_t length = 0;
};

struct TokenModel {
  enum Kind { kWordPiece, kBpe, kUnigram } kind;
  std::vector<std::string> tokens = {};  // UTF-8, all different, but for a Unigram model, whose last of the same counts
  std::vector<int32_t> ids = {};         // of each token; of a Unigram model 0, 1, 2 and so on
  std::vector<double> scores = {};       // of a Unigram model, for each token
  std::vector<std::pair<std::string, std::string>> merges = {};  // of byte pair encoding, best first
  std::string unknown = {};                                      // a token; "" for none
  std::string prefix = {};                                       // of pieces that do not begin a word
  std::string suffix = {};    // of the last piece of a word, byte pair encoding alone
  bool fuse_unknown = false;  // byte pair encoding: unknown characters in a row become one token
  bool byte_fallback = false;
  bool ignore_merges = false;    // byte pair encoding: a word of the vocabulary is one token
  int64_t max_characters = 100;  // WordPiece: a longer word is unknown
};

struct AddedToken {
  std::string content;
  int32_t id;
  bool single_word = false, left = false, right = false;  // left, right: takes the white space beside it too
  bool normalized = false;                                // found in the normalised text
};

struct TokenizerPlan {
  std::vector<NormalizerStep> normalizer;
  std::vector<SplitStep> pre_tokenizer;
  TokenModel model;
  std::vector<AddedToken> added;
};

// Immutable to its callers, so that any number of threads may use it; it keeps words that it has seen.
class Tokenizer {
 public:
  // Throws ERR_VALUE for what makes no tokenizer, or is not supported; ERR_TOO_LARGE, ERR_ABORTED.
  Tokenizer(const TokenizerPlan& plan, const AbortFlag* abort);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  int64_t bytes() const;  // memory held, about; without the words seen

  // Appends the ids of a text, without special tokens. A byte that is not UTF-8 counts as U+FFFD. Time grows as the
  // text's length, times its logarithm for byte pair encoding. Throws ERR_ABORTED, ERR_TOO_LARGE from 2^30 bytes on,
  // ERR_VALUE where there is no token for a character.
  void encode(std::string_view text, std::vector<int32_t>& ids, const AbortFlag* abort) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kindred

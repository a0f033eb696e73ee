// BERT's tokenizer: normalisation, words, and the pieces of each word by longest match first (Schuster and Nakajima
// 2012; Devlin et al. 2019). Its ids equal those of Hugging Face's reference implementation, Unicode versions included.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct WordPieceOptions {
  bool clean_text = true;     // control characters go, white space becomes a space
  bool chinese = true;        // ideographs are words of their own
  bool strip_accents = true;  // canonical decomposition, combining marks go
  bool lowercase = true;
  std::string unknown = "[UNK]";   // the token of a word without pieces
  std::string prefix = "##";       // of pieces that do not begin a word
  int64_t max_characters = 100;    // a longer word is unknown
  std::vector<std::string> added;  // tokens found as they are in the raw text, the longest of the leftmost
};

// Immutable once built, so that any number of threads may use it.
class WordPiece {
 public:
  // vocabulary: tokens in UTF-8, the position is the id; "" is never found. Throws ERR_VALUE for an unknown or added
  // token that is not in the vocabulary, ERR_DUPLICATE, ERR_TOO_LARGE.
  WordPiece(const std::vector<std::string>& vocabulary, const WordPieceOptions& options);
  ~WordPiece();
  WordPiece(const WordPiece&) = delete;
  WordPiece& operator=(const WordPiece&) = delete;

  int64_t size() const;   // tokens of the vocabulary
  int64_t bytes() const;  // memory held, about

  // Appends the ids of a text, without special tokens. A byte that is not UTF-8 counts as U+FFFD.
  // Throws ERR_ABORTED within some thousand words.
  void encode(std::string_view text, std::vector<int32_t>& ids, const AbortFlag* abort) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace kindred

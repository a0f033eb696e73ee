// The model of a tokenizer: from a word to ids.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "kindred/runtime/poll.h"
#include "kindred/tokenize/tokenizer.h"

namespace kindred {

class WordModel {
 public:
  virtual ~WordModel() = default;

  // What a model keeps while it works on a word.
  struct Scratch {
    virtual ~Scratch() = default;
  };
  virtual std::unique_ptr<Scratch> scratch() const = 0;

  // Appends the ids of a word that is not empty.
  virtual void encode(std::string_view word, std::vector<int32_t>& ids, Scratch& scratch, Poll& poll) const = 0;

  virtual int64_t bytes() const = 0;
};

// Each throws ERR_VALUE for what does not fit together, ERR_TOO_LARGE, ERR_ABORTED.
// of_bytes: words are bytes, which the tokens write as printable characters.
std::unique_ptr<const WordModel> make_bpe(const TokenModel& model, bool of_bytes, Poll& poll);
std::unique_ptr<const WordModel> make_unigram(const TokenModel& model, Poll& poll);
std::unique_ptr<const WordModel> make_wordpiece(const TokenModel& model, Poll& poll);

// The ids of the tokens <0x00> to <0xFF>, or Vocabulary::kNone.
class Vocabulary;
std::vector<int32_t> byte_tokens(const Vocabulary& vocabulary);

}  // namespace kindred

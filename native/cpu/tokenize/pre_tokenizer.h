// The pre-tokenizer: its steps, one after the other, each of which cuts every word there is.
#pragma once

#include <memory>
#include <vector>

#include "cpu/tokenize/byte_level_words.h"
#include "cpu/tokenize/words.h"
#include "kindred/runtime/poll.h"
#include "kindred/tokenize/tokenizer.h"

namespace kindred {

class PreTokenizer {
 public:
  // keeps_bytes: the last step is of byte level, and the bytes are to stay bytes. Throws ERR_VALUE.
  PreTokenizer(const std::vector<SplitStep>& steps, bool keeps_bytes);

  // words: a text and one span. begins: the text begins where the whole text does.
  void apply(Words& words, bool begins, Poll& poll) const;

  int64_t bytes() const;

 private:
  struct Step {
    SplitStep given;
    std::shared_ptr<const Regex> regex;
    WordEnd word_end = nullptr;
    bool keeps_bytes = false;
  };
  static void run(const Step& step, Words& words, bool begins, Poll& poll);

  std::vector<Step> steps_;
};

}  // namespace kindred

// The normaliser of a tokenizer: its steps, one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/tokenize/charsmap.h"
#include "cpu/tokenize/regex.h"
#include "kindred/runtime/poll.h"
#include "kindred/tokenize/tokenizer.h"

namespace kindred {

class Normalizer {
 public:
  // Throws ERR_VALUE.
  explicit Normalizer(const std::vector<NormalizerStep>& steps);

  struct Scratch {
    std::string texts[2];
    Regex::Scratch regex;
  };
  // The normalised text, which lies in `text` or in the scratch memory. cut: set where the beginning was taken away, so
  // that the result no longer begins where the text does.
  std::string_view apply(std::string_view text, Scratch& scratch, bool& cut, Poll& poll) const;

  int64_t bytes() const;

 private:
  struct Step {
    NormalizerStep::Kind kind;
    std::string pattern, content;
    bool left, right;
    std::shared_ptr<const Regex> regex;
    std::shared_ptr<const Charsmap> charsmap;
  };
  static void run(const Step& step, std::string_view text, std::string& out, Scratch& scratch, bool& cut, Poll& poll);

  std::vector<Step> steps_;
};

// The printable character that stands for a byte in byte-level tokenizers.
uint32_t character_of_byte(uint8_t byte);

// Every byte as its character.
void append_byte_characters(std::string_view text, std::string& out);

}  // namespace kindred

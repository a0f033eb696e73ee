// The n-grams of one text after another; a scanner of its own for each thread.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "cpu/ngrams/term_table.h"
#include "cpu/ngrams/text_folder.h"
#include "kindred/ngrams/rules.h"
#include "kindred/runtime/poll.h"

namespace kindred {

TermTable stop_word_table(const NgramRules& rules);

class NgramScanner {
 public:
  // Both must live as long.
  NgramScanner(const NgramRules& rules, const TermTable& stop_words);

  // visit(std::string_view) for each n-gram, those of one n after those of the n before. The view is of a buffer that
  // the next scan overwrites.
  template <class Visit>
  void scan(std::string_view text, Poll& poll, Visit visit) {
    divide(text, poll);
    const auto view = [this](size_t first, size_t last) {
      return std::string_view(utf8_.data() + units_[first].begin, units_[last].end - units_[first].begin);
    };
    const bool in_words = rules_.analyzer == NgramAnalyzer::character_in_word;
    for (const Run& run : runs_) {
      const size_t size = run.end - run.begin;
      for (auto n = static_cast<size_t>(rules_.shortest); n <= static_cast<size_t>(rules_.longest); ++n) {
        if (in_words && n >= size) {  // a short word counts once, as a whole
          visit(view(run.begin, run.end - 1));
          break;
        }
        if (n > size) break;
        for (size_t i = run.begin; i + n <= run.end; ++i) {
          poll();
          visit(view(i, i + n - 1));
        }
      }
    }
  }

 private:
  struct Unit {
    size_t begin, end;  // of a token or of a code point, in utf8_
  };
  struct Run {
    size_t begin, end;  // of units, n-grams of which lie within
  };

  // Fills utf8_, units_ and runs_.
  void divide(std::string_view text, Poll& poll);
  bool plain_tokens(std::string_view text, Poll& poll);
  void tokens(const std::vector<uint32_t>& points, Poll& poll);
  void characters(const std::vector<uint32_t>& points, Poll& poll);
  void words_of_characters(const std::vector<uint32_t>& points, Poll& poll);
  void end_token(size_t begin, size_t end, int64_t characters);
  void add_character(uint32_t point);

  bool in_token(CodePoint point) const {
    return rules_.tokens == TokenPattern::not_space ? !point.space() : point.word();
  }

  const NgramRules& rules_;
  const TermTable& stop_words_;
  TextFolder folder_;
  uint8_t ascii_[128];  // what a character of a token becomes, or kBetween
  std::vector<char> utf8_;
  size_t used_ = 0;
  std::vector<Unit> units_;
  std::vector<Run> runs_;
};

}  // namespace kindred

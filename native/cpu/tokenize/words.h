// A text cut into words: where each lies, and where the text lies that they are of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/tokenize/regex.h"
#include "kindred/tokenize/tokenizer.h"

namespace kindred {

struct WordSpan {
  uint32_t begin, end;
};

struct Words {
  std::string_view text;
  std::vector<WordSpan> spans, next;
  std::string buffers[2];  // texts that a step has made
  int buffer = 0;
  Regex::Scratch regex;

  std::string_view word(WordSpan span) const { return text.substr(span.begin, span.end - span.begin); }

  // Room for the text that a step makes of the one there is, which stays as it is.
  std::string& new_text() {
    buffer ^= 1;
    buffers[buffer].clear();
    return buffers[buffer];
  }
};

// What becomes of the parts of one span: what a pattern finds, and what lies between. They come in order.
class Cutter {
 public:
  Cutter(Found found, std::vector<WordSpan>& out) : found_(found), out_(out), first_(out.size()) {}

  void part(uint32_t begin, uint32_t end, bool is_found) {
    if (begin == end) return;
    switch (found_) {
      case Found::kRemoved:
        if (!is_found) out_.push_back({begin, end});
        break;
      case Found::kIsolated:
        out_.push_back({begin, end});
        break;
      case Found::kContiguous:
        if (is_found == last_ && out_.size() > first_)
          out_.back().end = end;
        else
          out_.push_back({begin, end});
        break;
      case Found::kMergedWithPrevious:
        if (is_found && !last_ && out_.size() > first_)
          out_.back().end = end;
        else
          out_.push_back({begin, end});
        break;
      case Found::kMergedWithNext:
        if (!is_found && last_)
          out_.back().end = end;
        else
          out_.push_back({begin, end});
        break;
    }
    last_ = is_found;
  }

 private:
  const Found found_;
  std::vector<WordSpan>& out_;
  const size_t first_;
  bool last_ = false;
};

}  // namespace kindred

// From a regular expression's text to its tree.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "cpu/tokenize/regex.h"

namespace kindred {

struct RegexNode {
  enum Kind {
    kSet,
    kSequence,
    kAlternatives,
    kRepeat,
    kLook,
    kAtomic,
    kLineBegin,
    kLineEnd,
    kTextBegin,
    kTextEnd
  } kind;
  int32_t set = -1;                                  // kSet
  std::vector<std::unique_ptr<RegexNode>> children;  // one of kRepeat, kLook and kAtomic
  int32_t least = 0, most = -1;                      // kRepeat; most -1: without end
  Regex::Instruction::Mode mode = Regex::Instruction::kGreedy;
  bool negative = false;  // kLook
};

// Sets of the nodes are appended to `sets`. Throws ERR_VALUE.
std::unique_ptr<RegexNode> parse_regex(std::string_view pattern, std::vector<CodePointBits>& sets);

}  // namespace kindred

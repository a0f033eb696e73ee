// A text as code points, lowercased as Python's str.lower() does it, and without accents.
#pragma once

#include <string_view>
#include <vector>

#include "cpu/ngrams/code_points.h"
#include "kindred/ngrams/rules.h"
#include "kindred/runtime/poll.h"

namespace kindred {

class TextFolder {
 public:
  explicit TextFolder(const NgramRules& rules);

  CodePoint operator[](uint32_t point) const { return {points_[point]}; }

  // The text folded; valid until the next call. A byte that is not UTF-8 is U+FFFD.
  const std::vector<uint32_t>& fold(std::string_view text, Poll& poll);

 private:
  void lower(size_t at);
  void emit(uint32_t point);
  bool final_sigma(size_t at) const;

  const BlockTable<uint32_t>& points_;
  const BlockTable<int32_t>* decompositions_;  // null where accents are kept
  bool lowercase_;
  bool ascii_;
  std::vector<uint32_t> raw_, folded_;
};

}  // namespace kindred

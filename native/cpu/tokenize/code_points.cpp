#include "cpu/tokenize/code_points.h"

#include <array>
#include <iterator>

namespace kindred {

using namespace tokenizer_tables;

CodePointSet::CodePointSet(const CodePointBits& bits) {
  std::map<std::array<uint64_t, 4>, uint16_t> seen;
  for (size_t i = 0; i < kCodePoints / 64; i += 4) {
    const std::array<uint64_t, 4> block{bits.word(i), bits.word(i + 1), bits.word(i + 2), bits.word(i + 3)};
    const auto [at, is_new] = seen.try_emplace(block, static_cast<uint16_t>(seen.size()));
    if (is_new) words_.insert(words_.end(), block.begin(), block.end());
    blocks_.push_back(at->second);
  }
}

const CodePointSet& white_space() {
  static const CodePointSet& set = *new CodePointSet(set_of(kWhite));
  return set;
}

const CodePointSet& word_characters() {
  static const CodePointSet& set = *new CodePointSet(set_of(kWord));
  return set;
}

const CodePointSet& punctuation() {
  static const CodePointSet& set = *new CodePointSet(set_of(kPunctuation));
  return set;
}

const CodePointSet& numeric() {
  static const CodePointSet& set = *new CodePointSet(set_of(kNumeric));
  return set;
}

bool add_property(const std::string& name, CodePointBits& bits) {
  if (name == "Any") {
    bits.add(0, kCodePoints - 1);
    return true;
  }
  for (const Script& script : kScripts) {
    if (name != script.name) continue;
    for (int32_t i = 0; i < script.count; ++i) bits.add(script.ranges[i].first, script.ranges[i].last);
    return true;
  }
  bool known = false;
  for (uint32_t k = 0; k < std::size(kCategoryNames); ++k) {
    const std::string category = kCategoryNames[k];
    if (name != category && name != category.substr(0, 1)) continue;
    known = true;
    for (const Value& run : kCategories)
      if (run.value == k) bits.add(run.first, run.last);
  }
  return known;
}

}  // namespace kindred

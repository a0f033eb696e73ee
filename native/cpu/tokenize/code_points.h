// Sets and maps of code points in two stages: a code point's block, then its place in the block. Equal blocks are kept
// once.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "cpu/tokenize/unicode_tables.h"

namespace kindred {

constexpr uint32_t kCodePoints = 0x110000;

// Under construction: one bit for each code point.
class CodePointBits {
 public:
  CodePointBits() : words_(kCodePoints / 64) {}

  void add(uint32_t first, uint32_t last) {
    for (uint32_t point = first; point <= last && point < kCodePoints; ++point)
      words_[point >> 6] |= uint64_t{1} << (point & 63);
  }
  template <class Ranges>
  void add_all(const Ranges& ranges) {
    for (const auto& range : ranges) add(range.first, range.last);
  }
  void add(const CodePointBits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void keep(const CodePointBits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  void negate() {
    for (uint64_t& word : words_) word = ~word;
  }
  bool has(uint32_t point) const { return words_[point >> 6] >> (point & 63) & 1; }
  uint64_t word(size_t i) const { return words_[i]; }

 private:
  std::vector<uint64_t> words_;
};

class CodePointSet {
 public:
  explicit CodePointSet(const CodePointBits& bits);

  bool has(uint32_t point) const { return words_[(blocks_[point >> 8] << 2) | (point >> 6 & 3)] >> (point & 63) & 1; }
  int64_t bytes() const { return static_cast<int64_t>(blocks_.size() * 2 + words_.size() * 8); }

 private:
  std::vector<uint16_t> blocks_;  // [0x110000 / 256]
  std::vector<uint64_t> words_;   // four for each block
};

// Values of code points, 0 where none is given.
template <class T>
class CodePointMapOf {
 public:
  // all: [0x110000]
  explicit CodePointMapOf(const std::vector<T>& all) {
    std::map<std::string, uint16_t> seen;  // by the bytes of a block
    for (uint32_t begin = 0; begin < kCodePoints; begin += kBlock) {
      std::string block(reinterpret_cast<const char*>(&all[begin]), kBlock * sizeof(T));
      const auto [at, is_new] = seen.try_emplace(std::move(block), static_cast<uint16_t>(seen.size()));
      if (is_new) values_.insert(values_.end(), all.begin() + begin, all.begin() + begin + kBlock);
      blocks_.push_back(at->second);
    }
  }

  T operator[](uint32_t point) const {
    return values_[static_cast<size_t>(blocks_[point / kBlock]) * kBlock + point % kBlock];
  }
  int64_t bytes() const { return static_cast<int64_t>(blocks_.size() * 2 + values_.size() * sizeof(T)); }

 private:
  static constexpr uint32_t kBlock = 128;
  std::vector<uint16_t> blocks_;
  std::vector<T> values_;
};

template <class Ranges>
CodePointSet set_of(const Ranges& ranges) {
  CodePointBits bits;
  bits.add_all(ranges);
  return CodePointSet(bits);
}

// Sets of the tables, made when they are first asked for and kept for good, since threads may outlive static objects.
const CodePointSet& white_space();
const CodePointSet& word_characters();
const CodePointSet& punctuation();
const CodePointSet& numeric();

// Adds the code points of a Unicode property that regular expressions name: a general category or its first letter,
// Any, or a script. False for a name that is not known.
bool add_property(const std::string& name, CodePointBits& bits);

}  // namespace kindred

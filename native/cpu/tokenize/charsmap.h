// The precompiled character map of sentencepiece: a double-array trie (Darts) from texts to texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

class Charsmap {
 public:
  // map: as in tokenizer.json, decoded from base64. Throws ERR_VALUE for one that is cut off or no UTF-8.
  explicit Charsmap(std::string_view map);

  // Appends a text, every grapheme cluster of fewer than 6 bytes replaced as a whole, any other character by character,
  // as the reference does it.
  void append_mapped(std::string_view text, std::string& out) const;

  int64_t bytes() const { return static_cast<int64_t>(trie_.size() * 4 + texts_.size()); }

 private:
  // What stands for the shortest beginning of `text` that the map has; false if it has none.
  bool find(std::string_view text, std::string_view& to) const;

  std::vector<uint32_t> trie_;
  std::string texts_;  // each ended by a byte 0
  bool changes_[128];  // ASCII characters that the map has
};

}  // namespace kindred

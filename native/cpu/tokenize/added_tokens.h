// Tokens that are found in a text as they are, before it is cut into words.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cpu/text/token_trie.h"
#include "kindred/tokenize/tokenizer.h"

namespace kindred {

class AddedTokens {
 public:
  // contents: what is looked for, for each token. Throws ERR_VALUE for an empty one, ERR_DUPLICATE.
  AddedTokens(const std::vector<AddedToken>& tokens, const std::vector<std::string>& contents);

  // The longest token of the leftmost, again and again: text(begin, end) for what lies between, which is not empty,
  // token(id).
  template <class Text, class Token>
  void split(std::string_view whole, Text text, Token token) const {
    size_t rest = 0;
    for (size_t at = 0; at < whole.size();) {
      if (!begins_[static_cast<uint8_t>(whole[at])]) {
        ++at;
        continue;
      }
      size_t end = at;
      const int32_t found = longest(whole, end);
      if (found == TokenTrie::kNone) {
        ++at;
        continue;
      }
      size_t begin = at;
      at = end;
      if (!widen(tokens_[found], whole, rest, begin, end)) continue;
      if (rest < begin) text(rest, begin);
      // White space that the token before took as well: the reference leaves a token out of which nothing is left.
      if (begin < end) token(tokens_[found].id);
      rest = end;
    }
    if (rest < whole.size()) text(rest, whole.size());
  }

  bool empty() const { return tokens_.empty(); }
  int64_t bytes() const { return trie_.bytes() + static_cast<int64_t>(tokens_.size() * sizeof(AddedToken)); }

 private:
  // The longest token that begins at `end`, which is moved behind it.
  int32_t longest(std::string_view whole, size_t& end) const;
  // The white space beside a token that is part of it; false where it must be a word and is not.
  static bool widen(const AddedToken& token, std::string_view whole, size_t rest, size_t& begin, size_t& end);

  std::vector<AddedToken> tokens_;
  TokenTrie trie_;
  bool begins_[256] = {};
};

}  // namespace kindred

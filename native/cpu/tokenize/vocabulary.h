// The vocabulary of a model: a trie from its tokens to their ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/text/token_trie.h"

namespace kindred {

class Vocabulary {
 public:
  static constexpr int32_t kNone = TokenTrie::kNone;

  // ids: of each token. Where a token comes several times, the last counts.
  Vocabulary(const std::vector<std::string>& tokens, const std::vector<int32_t>& ids);

  const TokenTrie& trie() const { return trie_; }
  // The id of the token that ends at a node, or kNone.
  int32_t id(int32_t node) const {
    const int32_t at = trie_.value(node);
    return at == kNone ? kNone : ids_[at];
  }
  // The id of a token, or kNone.
  int32_t find(std::string_view token) const {
    const int32_t node = trie_.walk(TokenTrie::kRoot, token);
    return node == kNone || node == TokenTrie::kRoot ? kNone : id(node);
  }
  // The position of a token, or kNone.
  int32_t position(int32_t node) const { return trie_.value(node); }

  int64_t bytes() const { return trie_.bytes() + static_cast<int64_t>(ids_.size() * 4); }

 private:
  TokenTrie trie_;
  std::vector<int32_t> ids_;
};

}  // namespace kindred

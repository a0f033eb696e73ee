#include "cpu/tokenize/added_tokens.h"

#include <unordered_set>

#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/utf8_text.h"
#include "kindred/runtime/error.h"

namespace kindred {

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens, const std::vector<std::string>& contents)
    : tokens_(tokens), trie_(contents) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& content : contents) {
    if (content.empty()) fail_value("added_tokens: expected tokens that are not empty once they are normalised.");
    if (!seen.insert(content).second) throw Error("ERR_DUPLICATE", "added_tokens: \"" + content + "\" comes twice.");
    begins_[static_cast<uint8_t>(content[0])] = true;
  }
}

int32_t AddedTokens::longest(std::string_view whole, size_t& end) const {
  int32_t node = TokenTrie::kRoot, best = TokenTrie::kNone;
  for (size_t i = end; i < whole.size();) {
    node = trie_.step(node, static_cast<uint8_t>(whole[i++]));
    if (node == TokenTrie::kNone) break;
    if (trie_.value(node) == TokenTrie::kNone) continue;
    best = trie_.value(node);
    end = i;
  }
  return best;
}

bool AddedTokens::widen(const AddedToken& token, std::string_view whole, size_t rest, size_t& begin, size_t& end) {
  const char *const first = whole.data(), *const last = first + whole.size();
  if (token.single_word) {
    const CodePointSet& word = word_characters();
    if (begin > 0 && word.has(point_at(before(first + begin)))) return false;
    if (end < whole.size() && word.has(point_at(first + end))) return false;
  }
  const CodePointSet& white = white_space();
  if (token.left && begin < rest) begin = rest;
  while (token.left && begin > rest && white.has(point_at(before(first + begin))))
    begin = static_cast<size_t>(before(first + begin) - first);
  while (token.right && end < whole.size()) {
    const char* p = first + end;
    if (p >= last || !white.has(next_point(p))) break;
    end = static_cast<size_t>(p - first);
  }
  return true;
}

}  // namespace kindred
